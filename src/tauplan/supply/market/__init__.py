"""Market data as claims with vintages, the ledger of identities between them, and projections that are scored."""
