// What the pages of Data Docs do; pages have no script of their own.
jQuery(function ($) {
  // Show All and Failed Only, as Great Expectations' own buttons do
  function succeeded() {
    return $(".hide-succeeded-validation-target-child").parent().add(".hide-succeeded-validation-target");
  }
  function sections() {
    return $(".hide-succeeded-validations-column-section-target-child").parent().parent();
  }
  function toggle(isShown) {
    succeeded().toggle(isShown);
    sections().each(function () {
      $(this).toggle(isShown);
      if (this.id) $('a[href$="#' + this.id + '"]').toggle(isShown);
    });
  }
  $(document).on("change", "#option1", function () { toggle(true); });
  $(document).on("change", "#option2", function () { toggle(false); });

  $('[data-toggle="popover"]').popover();
  $('[data-toggle="tooltip"]').tooltip();

  // index.html?run=ID shows what that run checked
  var run = new URLSearchParams(location.search).get("run");
  if (run && $("#checked").length) $("#checked").bootstrapTable("resetSearch", run);
});
