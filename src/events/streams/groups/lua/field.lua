-- A field of an entry: e, the event; g, the one group that it is for; k, its key.
local function field(entry, name)
  for at = 1, entry and #entry[2] or 0, 2 do
    if entry[2][at] == name then
      return entry[2][at + 1]
    end
  end
end
