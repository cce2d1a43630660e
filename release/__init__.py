"""What goes to Fivetran: `python -m release` stages it, packages it, and says how to deploy it."""
