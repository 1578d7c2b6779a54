"""One file a page; they lay components out and pass what users do to the services."""
