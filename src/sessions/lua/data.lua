-- Changes fields of a session's data. Each lies with its name, as "name":value; only what changes is written.
-- Answer: how many fields there are now, their bytes, and the fields to write; or nil where one to add to is no number
local function nameOf(line)
  return string.match(line, '^"([^"]*)"')
end

local function changeData(lines, set, unset, increment)
  local place, dirty = {}, {}
  for i, line in ipairs(lines) do
    place[nameOf(line)] = i
  end
  local function put(name, line)
    local i = place[name] or #lines + 1
    place[name], lines[i], dirty[i] = i, line, true
  end
  for line in string.gmatch(set, '[^\n]+') do
    put(nameOf(line), line)
  end
  for line in string.gmatch(increment, '[^\n]+') do
    local name, by = string.match(line, '^"([^"]*)":(.+)$')
    local before = place[name] and string.sub(lines[place[name]], #name + 4) or '0'
    local sum = string.match(before, '^[-%d]') and tonumber(before) + tonumber(by)
    if not sum or sum - sum ~= 0 then
      return nil
    end
    put(name, '"' .. name .. '":' .. string.format('%.17g', sum))
  end
  -- The last field takes the place of one that goes.
  for name in string.gmatch(unset, '%S+') do
    local i = place[name]
    if i then
      local last = table.remove(lines)
      place[name] = nil
      if i <= #lines then
        lines[i], place[nameOf(last)], dirty[i] = last, i, true
      end
    end
  end
  local bytes = 0
  for _, line in ipairs(lines) do
    bytes = bytes + #line - 3
  end
  return #lines, bytes, dirty
end
