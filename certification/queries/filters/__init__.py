"""What lists are narrowed and ordered by: one FilterSet for the API, the screens and the exports.

Each module holds the filters of one kind of row.
"""
