-- grain: one way of being at work
select workplace from (values ('on_site'), ('hybrid'), ('remote')) as w (workplace)
