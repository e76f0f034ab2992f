-- The same as model.rs, operation for operation.
local FORMAT = 1

-- A state that another program wrote, or that is cut off, is not.
local function is_ours(state)
  if #state < 3 or state[1] ~= FORMAT or (#state - 3) % 6 ~= 0 then return false end
  for _, number in ipairs(state) do
    if number - number ~= 0 then return false end
  end
  return true
end

local function read(state, now, epoch, born, most, life)
  local s = { last = now, members = {} }
  local began = math.min(born, now)
  if state ~= nil and is_ours(state) then
    if state[3] == epoch then
      s.last = state[2]
      local at = 4
      while state[at] ~= nil do
        local m = {}
        for i = 1, 6 do m[i] = state[at + i - 1] end
        s.members[#s.members + 1] = m
        at = at + 6
      end
      return s
    end
    began = math.max(began, math.min(state[2], now))
  elseif state ~= nil then
    began = now
  end
  s.last = began
  s.members[1] = { 0, 0, most, began + life, 0, 0 }
  return s
end

local function apply(state, now, epoch, born, a)
  local most, life, id, number, held, used, want, deadline = a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]
  local s = read(state, now, epoch, born, most, life)
  now = math.max(now, s.last)
  if deadline > 0 and now > deadline then
    return nil, { 1, now, 0, 0, 0, 0, id, number }, 0
  end
  local mine, unknown, others, short, wanting = nil, nil, 0, false, 1
  local kept = {}
  for _, m in ipairs(s.members) do
    if m[4] > now then
      if m[1] == id then
        mine = m
      else
        kept[#kept + 1] = m
        if m[1] == 0 then unknown = m else others = others + math.max(m[3], m[6]) end
        if m[5] > 0 then wanting = wanting + 1 end
      end
    end
  end
  if mine ~= nil and number <= mine[2] then
    return nil, { 2, now, 0, 0, 0, 0, id, number }, 0
  end
  local had = 0
  if mine ~= nil then
    had = mine[3]
  elseif unknown ~= nil then
    had = math.min(held, unknown[3])
    unknown[3] = unknown[3] - had
  end
  if unknown ~= nil then others = others + unknown[3] end
  local free = math.max(0, most - others)
  local fair = math.floor(most / wanting)
  for _, m in ipairs(kept) do
    if m[5] > m[3] and m[3] < fair then short = true end
  end
  local grown = math.min(want, free)
  if short then grown = math.min(grown, fair) end
  local granted = math.max(math.min(math.max(want, used), had), grown)
  if granted > 0 or want > 0 or used > 0 then
    kept[#kept + 1] = { id, number, granted, now + life, want, used }
  end
  local left = math.max(0, most - others - math.max(granted, used))
  local flag = 0
  if short then flag = 1 end
  local out = { FORMAT, now, epoch }
  for _, m in ipairs(kept) do
    for i = 1, 6 do out[#out + 1] = m[i] end
  end
  return out, { 0, now, granted, left, fair, flag, id, number }, math.ceil(life / 1000)
end
