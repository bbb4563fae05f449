"""The editor's server as pytest-lsp sees it. CODEGEN is the command, WORK a folder with the spec."""

import os
import pathlib
import subprocess

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

CODEGEN = os.environ["CODEGEN"]
PATH = pathlib.Path(os.environ["WORK"]) / "pipeline.yaml"
URI = PATH.as_uri()
TEXT = PATH.read_text()


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[CODEGEN, "lsp"]))
async def client(lsp_client: LanguageClient):
    capabilities = client_capabilities("visual-studio-code")
    started = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=capabilities, root_uri=PATH.parent.as_uri())
    )
    lsp_client.kinds = started.capabilities.semantic_tokens_provider.legend.token_types
    await open_text(lsp_client, TEXT)
    yield
    await lsp_client.shutdown_session()


async def open_text(client: LanguageClient, text: str) -> None:
    document = types.TextDocumentItem(uri=URI, language_id="yaml", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    await client.wait_for_notification("textDocument/publishDiagnostics")


async def change(client: LanguageClient, changes: list, version: int = 2) -> None:
    document = types.VersionedTextDocumentIdentifier(uri=URI, version=version)
    client.text_document_did_change(types.DidChangeTextDocumentParams(document, changes))
    await client.wait_for_notification("textDocument/publishDiagnostics")


def document() -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri=URI)


def place(line: int, character: int) -> types.Position:
    return types.Position(line, character)


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(place(line, start), place(line, end))


async def hover(client: LanguageClient, line: int, character: int) -> types.Hover:
    params = types.HoverParams(document(), place(line, character))
    found = await client.text_document_hover_async(params)
    assert found is not None
    return found


async def labels(client: LanguageClient, line: int, character: int) -> list[str]:
    params = types.CompletionParams(document(), place(line, character))
    found = await client.text_document_completion_async(params)
    return [item.label for item in found.items] if found else []


@pytest.mark.asyncio
async def test_findings(client: LanguageClient):
    (found,) = client.diagnostics[URI]
    assert found.range == span(11, 15, 27)
    assert (found.code, found.source) == ("unknown-event", "codegen")
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.message == (
        "the event `order.plcaed` is not declared\nhelp: did you mean `order.placed`?"
    )
    # Pieces of the text change, as one types.
    edit = types.TextDocumentContentChangePartial(text="order.placed", range=found.range)
    await change(client, [edit])
    assert not client.diagnostics[URI]
    edit = types.TextDocumentContentChangePartial(text="pipeline: x\n", range=span(1, 0, 0))
    await change(client, [edit], 3)
    (twice,) = client.diagnostics[URI]
    assert twice.code == "duplicate-key"
    (related,) = twice.related_information
    assert (related.message, related.location.range) == ("first here", span(0, 0, 8))


@pytest.mark.asyncio
async def test_hover(client: LanguageClient):
    event = await hover(client, 5, 4)
    assert event.range == span(5, 2, 14)
    assert event.contents.value == (
        "**`order.billed`**: an event of `shop`, detail type `Order Billed`\n\n"
        "```yaml\norder_id: string\n```\n\n"
        "- Emitted by: `bill`\n- Starts: `mail`, if its filter matches"
    )
    schedule = await hover(client, 12, 20)
    assert schedule.range == span(12, 18, 37)
    assert "Next runs in Europe/Berlin:\n- Mon " in schedule.contents.value
    assert schedule.contents.value.count("08:00") >= 5
    value = await hover(client, 9, 65)
    assert value.contents.value == (
        "**`${bucket}`**: The bucket\n\n- local: `b`\n- prod: `prod-bucket`"
    )
    key = await hover(client, 9, 74)
    assert key.contents.value.startswith("**`timeout`**\n\nHow long a run may take.")
    operator = await hover(client, 20, 32)
    assert operator.contents.value.startswith("**`prefix`**\n\nWhat the text starts with")
    finding = await hover(client, 11, 20)
    assert "**unknown-event**: " in finding.contents.value


@pytest.mark.asyncio
async def test_completion(client: LanguageClient):
    assert await labels(client, 11, 18) == ["order.placed", "order.billed"]
    assert await labels(client, 15, 14) == ["order.billed"]
    assert "Europe/Berlin" in await labels(client, 13, 20)
    assert await labels(client, 9, 64) == ["bucket", "environment", "region", "account"]
    # What somebody types is broken most of the time.
    text = TEXT + "        input: { path: $\n  ship:\n    function: { architecture: "
    await change(client, [types.TextDocumentContentChangeWholeDocument(text)])
    assert await labels(client, 21, 24) == [
        "$.detail.order_id",
        *("$.detail $.detail-type $.source $.id $.time $.account $.region".split()),
        *("$.resources $.version".split()),
    ]
    assert await labels(client, 23, 30) == ["arm64", "x86_64"]
    text = TEXT + "  ship:\n    "
    await change(client, [types.TextDocumentContentChangeWholeDocument(text)], 3)
    keys = await labels(client, 22, 4)
    assert keys[:4] == ["description", "function", "deliver_to", "triggers"]
    params = types.CompletionParams(document(), place(22, 4))
    first = (await client.text_document_completion_async(params)).items[0]
    assert (first.text_edit.range, first.text_edit.new_text) == (span(22, 4, 4), "description: ")


@pytest.mark.asyncio
async def test_names(client: LanguageClient):
    at = place(15, 14)
    definition = await client.text_document_definition_async(types.DefinitionParams(document(), at))
    assert definition == types.Location(URI, span(5, 2, 14))
    uses = [span(5, 2, 14), span(14, 16, 28), span(15, 12, 24), span(19, 15, 27)]
    context = types.ReferenceContext(include_declaration=True)
    params = types.ReferenceParams(context, document(), at)
    references = await client.text_document_references_async(params)
    assert [one.range for one in references] == uses
    params = types.DocumentHighlightParams(document(), at)
    highlights = await client.text_document_document_highlight_async(params)
    assert [one.range for one in highlights] == uses
    params = types.PrepareRenameParams(document(), at)
    prepared = await client.text_document_prepare_rename_async(params)
    assert (prepared.range, prepared.placeholder) == (uses[2], "order.billed")
    params = types.RenameParams(document(), at, "order.charged")
    renamed = await client.text_document_rename_async(params)
    edits = renamed.changes[URI]
    assert sorted((one.range.start.line, one.new_text) for one in edits) == [
        (line, "order.charged") for line in (5, 14, 15, 19)
    ]


@pytest.mark.asyncio
async def test_outline(client: LanguageClient):
    symbols = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(document())
    )
    assert [one.name for one in symbols] == ["values", "events", "jobs"]
    bill, mail = symbols[2].children
    assert (bill.name, bill.kind) == ("bill", types.SymbolKind.Function)
    assert bill.selection_range == span(7, 2, 6)
    assert mail.range.start == place(16, 2)
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document()))
    lines = [(one.start_line, one.end_line) for one in folds]
    assert lines == [(3, 5), (6, 20), (7, 15), (10, 14), (12, 14), (16, 20), (18, 20), (19, 20)]


@pytest.mark.asyncio
async def test_fixes(client: LanguageClient):
    context = types.CodeActionContext(diagnostics=client.diagnostics[URI])
    params = types.CodeActionParams(document(), span(11, 20, 20), context)
    (action,) = await client.text_document_code_action_async(params)
    assert action.title == "write `order.placed`"
    assert (action.kind, action.is_preferred) == (types.CodeActionKind.QuickFix, True)
    ((uri, (edit,)),) = action.edit.changes.items()
    assert (uri, edit) == (URI, types.TextEdit(span(11, 15, 27), "order.placed"))


@pytest.mark.asyncio
async def test_semantic_tokens(client: LanguageClient):
    found = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document())
    )
    line = start = 0
    words = []
    data = found.data
    # UTF-16, as the protocol counts.
    lines = [one.encode("utf-16-le") for one in TEXT.split("\n")]
    for at in range(0, len(data), 5):
        down, right, length, kind, modifiers = data[at : at + 5]
        line, start = line + down, right + (0 if down else start)
        written = lines[line][2 * start : 2 * (start + length)].decode("utf-16-le")
        words.append((written, client.kinds[kind] + "!" * modifiers))
    assert words == [
        ("bucket", "variable!"),
        ("order.placed", "event!"),
        ("string", "type"),
        ('"enum(web, shop)"', "type"),
        ("order.billed", "event!"),
        ("string", "type"),
        ("bill", "function!"),
        ("${bucket}", "variable"),
        ("30s", "number"),
        ("order.plcaed", "event"),
        ("cron(0 8 ? * MON *)", "regexp"),
        ("order.billed", "event"),
        ("order.billed", "event"),
        ("mail", "function!"),
        ("order.billed", "event"),
        ("order_id", "property"),
        ("prefix", "operator"),
    ]


def framed(body: str) -> bytes:
    return f"Content-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("bodies", "status"),
    [
        (
            [
                '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}',
                '{"jsonrpc":"2.0","id":2,"method":"shutdown"}',
                '{"jsonrpc":"2.0","method":"exit"}',
            ],
            0,
        ),
        (['{"jsonrpc":"2.0","method":"exit"}'], 1),
        ([], 1),
    ],
)
def test_the_status_tells_how_it_ended(bodies: list[str], status: int):
    spoken = b"".join(framed(body) for body in bodies)
    ended = subprocess.run([CODEGEN, "lsp"], input=spoken, capture_output=True, timeout=60)
    assert ended.returncode == status, ended


def test_what_is_no_message_is_refused():
    ended = subprocess.run([CODEGEN, "lsp"], input=b"hello\n", capture_output=True, timeout=60)
    assert ended.returncode == 2
    assert b"a message of the editor cannot be read" in ended.stderr
