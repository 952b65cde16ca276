"""What several pages share: reading their requests, building their answers. Below the pages, above the presenters."""
