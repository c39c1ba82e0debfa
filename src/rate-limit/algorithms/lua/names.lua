-- Functions under names of this script: Lua finds a local without looking its name up, twice, in tables.
local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max
local byte, pack, parse = string.byte, struct.pack, struct.unpack
