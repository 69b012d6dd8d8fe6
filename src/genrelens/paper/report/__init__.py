"""One page of HTML from the results of `reproduce`: `page` puts it together, `charts` and `raster` draw."""
