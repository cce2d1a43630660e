"""The release to Fivetran: `python -m release` stages it, packages it, and prints how to deploy it."""
