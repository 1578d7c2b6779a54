"""Serve the app: one process, one engine pool, until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Thread, current_thread, main_thread

import structlog
import uvicorn
from starlette.middleware import Middleware

from gradio_ui.headers import SecurityHeaders
from gradio_ui.services import Services
from gradio_ui.uploads import upload_folder
from talentflow.errors import BadInput, TalentflowError
from talentflow.settings import Settings

OnReady = Callable[[str], None]

_log = structlog.get_logger(__name__)


def serve(settings: Settings, *, host: str, port: int, on_ready: OnReady | None = None) -> None:
    """Serve the app until Ctrl-C or a termination signal, then end what it started.

    Args:
        settings: where the published index, tables and reports are.
        host, port: to listen on; port 0 takes a free one.
        on_ready: called with the address once the app answers there; without it a log line says so.

    Raises: BadInput (the address cannot be used).
    """
    with (
        _until_stopped(),
        _bound(host, port) as bound,
        upload_folder() as uploads,
        Services(settings) as services,
    ):
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)
        Thread(target=_warm_up, args=(services,), name="warm-up", daemon=True).start()
        _serve(services, bound, host, on_ready or (lambda address: _log.info("the app is ready", address=address)))


def _serve(services: Services, bound: socket.socket, host: str, on_ready: OnReady) -> None:
    from fastapi import FastAPI

    from gradio_ui.blocks import mount

    port: int = bound.getsockname()[1]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, middleware=[Middleware(SecurityHeaders)])
    mount(app, services, host=host, port=port)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    named = f"[{host}]" if ":" in host else host
    _Server(config, lambda: on_ready(f"http://{named}:{port}")).run(sockets=[bound])


class _Server(uvicorn.Server):
    """Says when it really answers."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()


@contextmanager
def _until_stopped() -> Generator[None]:
    """Ctrl-C and SIGTERM end the block, and leave nothing behind."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _bound(host: str, port: int) -> Generator[socket.socket]:
    """The address, taken before the slow imports. Raises BadInput."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as bound:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            yield bound
    except OSError as error:
        raise BadInput(
            f"the app cannot listen on {host}:{port} ({error.strerror}): choose another with --port or --host"
        ) from error


def _warm_up(services: Services) -> None:
    try:
        services.warm_up()
    except (TalentflowError, RuntimeError) as error:
        # whoever asks first meets the same error with its sentence, or the app is ending
        _log.debug("warm-up came to nothing", error=str(error))
