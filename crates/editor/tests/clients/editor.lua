-- The editor's server as Neovim 0.7 sees it: run with `nvim --headless -u NONE -c "luafile editor.lua"`.
-- CODEGEN is the command, WORK a folder with the spec.

local path = vim.env.WORK .. '/pipeline.yaml'
local failures = {}

local function same(what, found, expected)
  if not vim.deep_equal(found, expected) then
    table.insert(failures, what .. '\n  expected ' .. vim.inspect(expected) .. '\n  found ' .. vim.inspect(found))
  end
end

local function holds(what, text, part)
  if not (type(text) == 'string' and text:find(part, 1, true)) then
    table.insert(failures, what .. '\n  expected ' .. part .. '\n  found ' .. vim.inspect(text))
  end
end

local function main()
  vim.cmd('edit ' .. vim.fn.fnameescape(path))
  local buffer = vim.api.nvim_get_current_buf()
  local client = vim.lsp.start_client({ name = 'codegen', cmd = { vim.env.CODEGEN, 'lsp' }, root_dir = vim.env.WORK })
  assert(client, 'the server does not start')
  vim.lsp.buf_attach_client(buffer, client)
  local function wait(what, ready)
    assert(vim.wait(20000, ready, 10), 'waited in vain for ' .. what)
  end
  wait('initialize', function() return vim.lsp.buf_get_clients(buffer)[client] ~= nil end)

  local function ask(method, line, character, more)
    local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = { line = line, character = character } }
    local answers = assert(vim.lsp.buf_request_sync(buffer, method, vim.tbl_extend('force', params, more or {}), 20000))
    assert(answers[client], 'no answer to ' .. method)
    return answers[client].result, answers[client].err
  end

  local function range(line, from, to)
    return { start = { line = line, character = from }, ['end'] = { line = line, character = to } }
  end

  -- Findings.
  wait('the findings', function() return #vim.diagnostic.get(buffer) > 0 end)
  local found = vim.diagnostic.get(buffer)[1]
  same('findings', #vim.diagnostic.get(buffer), 1)
  same('place of the finding', { found.lnum, found.col, found.end_lnum, found.end_col }, { 11, 15, 11, 27 })
  same('text of the finding', found.message, 'the event `order.plcaed` is not declared\nhelp: did you mean `order.placed`?')
  same('severity', found.severity, vim.diagnostic.severity.ERROR)
  same('code', found.user_data.lsp.code, 'unknown-event')

  -- Hover.
  local hover = ask('textDocument/hover', 5, 4)
  holds('hover of an event', hover.contents.value, '- Emitted by: `bill`\n- Starts: `mail`, if its filter matches')
  same('place of the hover', hover.range, range(5, 2, 14))
  holds('hover of a schedule', ask('textDocument/hover', 12, 24).contents.value, 'Next runs in Europe/Berlin:\n- Mon ')
  -- Behind a letter that UTF-16 counts twice.
  local value = ask('textDocument/hover', 9, 65)
  holds('hover of a value', value.contents.value, '- local: `b`\n- prod: `prod-bucket`')

  -- Completion.
  local labels = function(answer)
    return vim.tbl_map(function(item) return item.label end, answer.items)
  end
  local events = ask('textDocument/completion', 11, 18)
  same('completion of events', labels(events), { 'order.placed', 'order.billed' })
  same('place of the completion', events.items[1].textEdit.range, range(11, 15, 27))

  -- Names.
  same('definition', ask('textDocument/definition', 15, 14).range, range(5, 2, 14))
  local references = ask('textDocument/references', 5, 4, { context = { includeDeclaration = true } })
  local places = vim.tbl_map(function(location) return location.range end, references)
  same('references', places, { range(5, 2, 14), range(14, 16, 28), range(15, 12, 24), range(19, 15, 27) })
  local renamed = ask('textDocument/rename', 5, 4, { newName = 'order.charged' })
  local edits = renamed.changes[vim.uri_from_bufnr(buffer)]
  same('rename', #edits, 4)
  local symbols = ask('textDocument/documentSymbol', 0, 0)
  same('symbols', vim.tbl_map(function(symbol) return symbol.name end, symbols), { 'values', 'events', 'jobs' })
  same('jobs', vim.tbl_map(function(symbol) return symbol.name end, symbols[3].children), { 'bill', 'mail' })

  -- The fix of the finding, as Neovim applies it.
  local actions = ask('textDocument/codeAction', 11, 15, { range = range(11, 15, 15), context = { diagnostics = {} } })
  same('code actions', #actions, 1)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
  same('the fixed line', vim.api.nvim_buf_get_lines(buffer, 11, 12, true), { '      - event: order.placed' })
  wait('no findings', function() return #vim.diagnostic.get(buffer) == 0 end)

  -- Typing in the middle of a text that is broken.
  vim.api.nvim_buf_set_lines(buffer, 20, 21, true, { '        where: { ' })
  same('completion of fields', labels(ask('textDocument/completion', 20, 17)), { 'order_id', '$or' })
  wait('the finding of the broken text', function() return #vim.diagnostic.get(buffer) == 1 end)
  same('code of the broken text', vim.diagnostic.get(buffer)[1].user_data.lsp.code, 'invalid-yaml')

  vim.lsp.stop_client(client)
  wait('the end', function() return vim.lsp.client_is_stopped(client) end)
end

local fine, why = xpcall(main, debug.traceback)
if not fine then
  table.insert(failures, why)
end
if #failures > 0 then
  io.stderr:write(table.concat(failures, '\n') .. '\n')
  vim.cmd('cquit! 1')
end
io.stdout:write('Neovim: findings, hover, completion, definition, references, rename, symbols and fixes are right\n')
vim.cmd('qall!')
