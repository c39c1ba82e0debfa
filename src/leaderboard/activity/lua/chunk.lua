-- Bitmaps are cut into chunks of 64 kB: no number makes Redis allocate more at once, or work on more in one command.
local CHUNK_BITS = 524288

-- Which chunk has the bit of a number, counted from 0.
local function chunk_of(number)
  return math.floor(number / CHUNK_BITS)
end
