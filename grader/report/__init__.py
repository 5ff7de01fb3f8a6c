"""From a `Report` to what people read: report.json, the student's page, the class pages."""
