"""The conventions of the REST API, built once for every app; docs/api.md tells the integrator's side.

An app declares endpoints (`endpoints.Endpoint`) with operations (`endpoints.operation`): who may (`scopes`), what goes
in and comes out (`fields`), and the act to call. Keys, problems, cursors, conditions, idempotency and rates are done
here.
"""
