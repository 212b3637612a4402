"""The calls under ``/api/v1``: the same functions as the command line, plain data in and out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from tauplan.catalog.lookup import Catalog
from tauplan.language import current
from tauplan.report.export import finite
from tauplan.report.workbook import Sheet, workbook
from tauplan.spec.schema import device_schema, scenario_schema
from tauplan.web import limits
from tauplan.web.bases import Base, Bases
from tauplan.web.clients import client
from tauplan.web.desk import HTML, Desk, packed_response
from tauplan.web.files import OwnFiles
from tauplan.web.listing import part_data, parts_data, series_data
from tauplan.web.pages import Asked
from tauplan.web.problems import Json
from tauplan.web.questions import ComparePage, FilePage, MarketPage, PartPage, Question, SheetAsked, Wanted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Reader:
    """Makes of what a client sends what a worker takes: names become texts, own files a folder."""

    def __init__(self, bases: Bases, files: OwnFiles) -> None:
        self.bases, self.files = bases, files

    def asked(self, request: Request, question: Question) -> Asked:
        """Return a scenario or design to answer. Errors: :class:`InputError` for what is not named or not there."""
        question.one()
        if question.design is None:
            base = self.bases.to_evaluate(question.example, question.yaml)
        else:
            base = self.bases.base(question.example, question.yaml, "study")
        return Asked(self._with_files(request, base), question.changes, question.design)

    def _with_files(self, request: Request, base: Base) -> Base:
        name = client(request)
        models = self.files.models(name) if base.folder is None else ()
        if not models:
            return base
        return replace(base, folder=self.files.folder / name, files=models, stamp=self.files.stamp(name))


def router(bases: Bases, desk: Desk, files: OwnFiles) -> APIRouter:
    """Return the calls that are answered at once."""
    calls = APIRouter(prefix="/api/v1", default_response_class=Json)
    reader = Reader(bases, files)
    listing(calls, bases)

    async def page(request: Request, view: str, arguments: Mapping[str, Any], keep: bool = True) -> Response:
        given = {"view": view, "language": current(), "arguments": dict(arguments)}
        if request.query_params.get("whole") != "true":
            return await desk.answer(request, "page", given, keep=keep)
        body = await desk.bytes_of(request, "page", given | {"whole": True}, keep=False)
        return packed_response(
            request, body, HTML, content_disposition=f'attachment; filename="tauplan-{view}.html"'
        )

    @calls.post("/evaluate", summary="One scenario to one explained answer, as `tauplan evaluate --json`.")
    async def _evaluate(request: Request, question: Question, parts: Wanted = "all") -> Response:  # pyright: ignore[reportUnusedFunction]
        return await desk.answer(
            request, "answer", {"asked": reader.asked(request, question), "parts": parts}
        )

    @calls.post("/page/plan", summary="The same answer as a page: markup, charts, how to get it again.")
    async def _plan(  # pyright: ignore[reportUnusedFunction]
        request: Request, asked: Question, parts: Wanted = "all", whole: bool = False
    ) -> Response:
        wanted = "all" if whole else parts
        return await page(request, "plan", {"asked": reader.asked(request, asked), "parts": wanted})

    @calls.post("/page/compare", summary="Two to four scenarios side by side.")
    async def _compare(request: Request, asked: ComparePage, whole: bool = False) -> Response:  # pyright: ignore[reportUnusedFunction]
        del whole
        designs = [reader.asked(request, question) for question in asked.designs]
        return await page(request, "compare", {"designs": designs})

    @calls.post("/page/market", summary="A series of market figures, or the ledger of what adds up.")
    async def _market(request: Request, asked: MarketPage, whole: bool = False) -> Response:  # pyright: ignore[reportUnusedFunction]
        del whole
        return await page(request, "market", {"series": asked.series, "entity": asked.entity})

    @calls.post("/page/part", summary="A part of the catalogue: claims, sources, rivals, where it is used.")
    async def _part(request: Request, asked: PartPage, whole: bool = False) -> Response:  # pyright: ignore[reportUnusedFunction]
        del whole
        examples = [base for base in bases.of("scenario") if base.folder is None]
        return await page(request, "part", {"part": asked.part, "examples": examples})

    @calls.post("/page/file", summary="What a file that was brought along holds.")
    async def _file(request: Request, asked: FilePage, whole: bool = False) -> Response:  # pyright: ignore[reportUnusedFunction]
        del whole
        path = files.find(client(request), asked.file)
        given = {"name": asked.file, "path": path, "on": asked.on, "files": [path.name]}
        return await page(request, "file", given, keep=False)

    @calls.post("/sheet", summary="A table as a spreadsheet.")
    def _sheet(asked: SheetAsked) -> Response:  # pyright: ignore[reportUnusedFunction]
        body = workbook([Sheet(asked.title, asked.columns, asked.rows)])
        return Response(body, media_type=XLSX)

    return calls


def listing(calls: APIRouter, bases: Bases) -> None:
    """Add the calls that list what there is."""
    catalog = Catalog.load()

    @calls.get("/examples", summary="What there is to start from: scenarios, studies, order plans.")
    def _examples() -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json({"examples": [_example(base) for base in bases.named.values()]})

    @calls.get("/schema", summary="The JSON Schema of scenarios, or of those of devices.")
    def _schema(devices: bool = False) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(device_schema() if devices else scenario_schema())

    @calls.get("/catalog/parts", summary="Parts of the catalogue, of one kind or with words in their names.")
    def _parts(kind: str = "", query: str = "") -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(parts_data(catalog, kind, query[: limits.LONGEST_NAME]))

    @calls.get("/catalog/parts/{name:path}", summary="One part: every claim with its source and rivals.")
    def _part(name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(finite(part_data(catalog, name[: limits.LONGEST_NAME])))

    @calls.get("/market", summary="Series of market figures.")
    def _market() -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(series_data())


def _example(base: Base) -> dict[str, Any]:
    return {
        "name": base.name,
        "kind": base.kind,
        "title": str(base.data.get("name", base.name)),
        "path": base.path,
        "data": finite(base.data) if base.kind in ("scenario", "device") else {},
        "yaml": base.text,
    }
