"""Links, network tiers and collectives over them."""
