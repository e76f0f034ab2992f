-- Lists of numbers are strings of little-endian doubles. What is not a whole number of them is the empty
-- list, which no script takes for a state of its own.
local function decode(text)
  local n, list = #text / 8, {}
  if n % 1 ~= 0 then return list end
  for at = 1, n, 250 do
    local m = math.min(250, n - at + 1)
    local part = { struct.unpack('<' .. string.rep('d', m), text, 8 * at - 7) }
    for i = 1, m do list[at + i - 1] = part[i] end
  end
  return list
end

local function encode(list)
  local parts = {}
  for at = 1, #list, 250 do
    local m = math.min(250, #list - at + 1)
    parts[#parts + 1] = struct.pack('<' .. string.rep('d', m), unpack(list, at, at + m - 1))
  end
  return table.concat(parts)
end

-- A state that no script wrote may make it fail; then it is treated like one that cannot be read.
local function run(state, now, epoch, born, arguments)
  local ok, new, reply, keep = pcall(apply, state, now, epoch, born, arguments)
  if ok then return new, reply, keep end
  return apply({}, now, epoch, born, arguments)
end
