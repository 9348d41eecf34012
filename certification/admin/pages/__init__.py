"""What every screen is made with: its registration, rendering, paging, query parameters, forms."""
