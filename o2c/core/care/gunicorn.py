"""Gunicorn's log, written as all else is."""

from __future__ import annotations

import logging.config

from gunicorn.glogging import Logger

from o2c.core.care import logs


class RoutedLogger(Logger):
    """Leaves what Gunicorn says to our own handler. It writes no access log: our requests are logged by themselves."""

    def setup(self, cfg) -> None:
        self.cfg = cfg
        logging.config.dictConfig(logs.settings())
        self.error_log.setLevel(self.LOG_LEVELS.get(cfg.loglevel.lower(), logging.INFO))
        self.error_log.propagate = True
        self._access_log_enabled = False

    def access(self, resp, req, environ, request_time) -> None:
        pass
