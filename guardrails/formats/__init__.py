"""One module a format: each turns a result into a report and knows no policy."""
