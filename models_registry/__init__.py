"""What can be certified: providers, models, regions, and which region offers which model.

Others read through `models_registry.queries`, and ask `models_registry.offers` how to call a model;
`models_registry.sync` is the only writer.
"""
