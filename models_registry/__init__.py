"""The registry of what can be certified: providers, models, regions, and the regions' offers.

Other packages read through `models_registry.queries`; `models_registry.offers` returns the id to
call a model by. `models_registry.sync` (catalogue) and `models_registry.aws` are the writers.
"""
