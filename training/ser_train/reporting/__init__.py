"""Tables, pictures, pages and cards of results."""
