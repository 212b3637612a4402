"""Money: capital, energy and what one result costs."""
