-- Entries as they stand in the set: ids with their scores, or the bytes that hold both. With what is kept of each, or 0.
local function page(set, metadata, width, first, last, total)
  local entries, ids
  if width == 0 then
    entries = redis.call('ZRANGE', set, first, last, 'WITHSCORES')
  else
    entries = redis.call('ZRANGE', set, first, last)
  end
  if #entries == 0 or redis.call('EXISTS', metadata) == 0 then
    return { 1, total, first, entries, 0 }
  end
  ids = {}
  for index = 1, #entries, width == 0 and 2 or 1 do
    ids[#ids + 1] = width == 0 and entries[index] or entries[index]:sub(width + 1)
  end
  return { 1, total, first, entries, redis.call('HMGET', metadata, unpack(ids)) }
end
