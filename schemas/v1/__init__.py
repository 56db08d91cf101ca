"""The interface of 2021 as JSON Schema 2020-12: data only, a draft until it is released."""
