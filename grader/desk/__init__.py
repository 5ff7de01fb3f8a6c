"""
The desk of the teaching staff: `log` keeps what people decide, `apply` puts it into reports, `app` is the local web page.

`course` applies the log to every report that it writes; the pages are only loaded by `grade review`.
"""
