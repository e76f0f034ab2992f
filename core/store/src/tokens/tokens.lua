-- The same as model.rs, operation for operation.
local FORMAT, AFTER, UNTIL, PARTS, MOST = 1, 800000, 6000000, 64, 8

local function whole(a, b)
  return (a - math.fmod(a, b)) / b
end

local function from(m)
  if m[1] == 0 then return m[3] end
  return m[3] + AFTER
end

local function settle(s, now, per, unit, burst)
  while true do
    local edge = now
    local function before(at)
      if at > s.last and at < edge then edge = at end
    end
    local out, kept = 0, 0
    for _, w in ipairs(s.windows) do
      before(w[1])
      if w[1] > s.last then out = out + w[2] end
    end
    for _, m in ipairs(s.members) do
      before(from(m))
      before(m[3] + UNTIL)
    end
    for _, m in ipairs(s.members) do
      if from(m) <= s.last and m[3] + UNTIL > s.last then
        kept = kept + m[2] * (edge - s.last)
        if m[1] == 0 then out = out + m[2] * PARTS else out = out + 1 end
      end
    end
    local gained = math.max(0, per * (edge - s.last) - math.ceil(per * kept))
    s.x = math.min(math.max(0, burst - out) * unit, s.x + gained)
    s.last = edge
    if edge >= now then break end
  end
  local windows, members = {}, {}
  for _, w in ipairs(s.windows) do
    if w[1] > now and w[2] > 0 then windows[#windows + 1] = w end
  end
  for _, m in ipairs(s.members) do
    if m[3] + UNTIL > now and m[2] > 0 then members[#members + 1] = m end
  end
  s.windows, s.members = windows, members
end

-- A state that another program wrote, or that is cut off, is not.
local function is_ours(state)
  local n = state[7]
  if #state < 7 or state[1] ~= FORMAT then return false end
  if not (n >= 0 and n <= MOST) or n % 1 ~= 0 then return false end
  if #state < 7 + 2 * n or (#state - 7 - 2 * n) % 3 ~= 0 then return false end
  for _, number in ipairs(state) do
    if number - number ~= 0 then return false end
  end
  return true
end

local function read(state, now, epoch, born, unit, span, burst, strict)
  local s = { x = 0, last = math.min(born, now), average = 0, windows = {}, members = {} }
  local out = s.last + 4 * span
  if state ~= nil and is_ours(state) then
    local n, at = state[7], 8
    if state[4] == epoch then
      s.x, s.last, s.average = state[2], state[3], state[5]
      if state[6] ~= unit then
        local sign = 1
        if s.x < 0 then sign = -1 end
        s.x = sign * whole(sign * s.x, state[6]) * unit
      end
      for i = 1, n do s.windows[i] = { state[at + 2 * i - 2], state[at + 2 * i - 1] } end
      at = at + 2 * n
      while state[at] ~= nil do
        s.members[#s.members + 1] = { state[at], state[at + 1], state[at + 2] }
        at = at + 3
      end
      return s
    end
    s.last = math.max(s.last, math.min(state[3], now))
    out = s.last + 4 * span
    for i = 1, n do out = math.max(out, state[at + 2 * i - 2]) end
  elseif state ~= nil then
    s.last = now
    out = now + 4 * span
  end
  s.windows[1] = { out, burst }
  if strict == 1 then s.members[1] = { 0, 1, s.last } end
  return s
end

local function take_back(s, unit, a)
  local i, freed = 15, 0
  while a[i] ~= nil do
    for _, w in ipairs(s.windows) do
      if w[1] == a[i] then
        local n = math.min(math.max(0, a[i + 1]), w[2])
        w[2] = w[2] - n
        s.x = s.x + n * unit
        local m = math.min(math.max(0, a[i + 2]), w[2])
        w[2] = w[2] - m
        freed = freed + m
      end
    end
    i = i + 3
  end
  if freed > 0 then s.last = s.last + 1 end
end

local function weigh(s, now, id, held, share)
  local others, mine, unknown = 0, nil, nil
  for _, m in ipairs(s.members) do
    if m[1] == id then mine = m elseif m[1] == 0 then unknown = m else others = others + m[2] end
  end
  if mine == nil then
    if unknown ~= nil then
      unknown[2] = math.max(0, unknown[2] - held)
    else
      held = 0
    end
    mine = { id, 0, now }
    s.members[#s.members + 1] = mine
  end
  if unknown ~= nil then others = others + unknown[2] end
  local free = math.max(0, 1 - others)
  local weight = math.min(free, math.floor(share * PARTS) / PARTS)
  mine[2] = math.max(math.min(held, free), weight)
  mine[3] = now
  return weight
end

local function room_at(s, now, burst, n)
  local out, at = 0, now
  for _, w in ipairs(s.windows) do out = out + w[2] end
  while burst - out < n do
    local next, tokens = math.huge, 0
    for _, w in ipairs(s.windows) do
      if w[1] > at and w[1] < next then next, tokens = w[1], w[2] end
    end
    if next == math.huge then break end
    out = out - tokens
    at = next
  end
  return at
end

local function grant_into(s, now, span, n)
  local expiry = (whole(now, span) + 4) * span
  for _, w in ipairs(s.windows) do
    if w[1] == expiry then
      w[2] = w[2] + n
      return expiry
    end
  end
  if #s.windows >= MOST then
    table.sort(s.windows, function(v, w) return v[1] < w[1] end)
    s.windows[2][2] = s.windows[2][2] + s.windows[1][2]
    table.remove(s.windows, 1)
  end
  s.windows[#s.windows + 1] = { expiry, n }
  return expiry
end

local function apply(state, now, epoch, born, a)
  local per, unit, burst, span = a[1], a[2], a[3], a[4]
  local want, least, demand, own, random = a[5], a[6], a[7], a[8], a[9]
  local deadline, strict, member, held, debit = a[10], a[11], a[12], a[13], a[14]
  local tau = 3 * span
  local s = read(state, now, epoch, born, unit, span, burst, strict)
  now = math.max(now, s.last)
  if deadline > 0 and now > deadline then
    return nil, { 1, now, 0, 0, 0, 0, 0, random }, 0
  end
  local passed = now - s.last
  settle(s, now, per, unit, burst)
  take_back(s, unit, a)
  s.x = math.max(-burst * unit, s.x - debit * unit)
  s.average = s.average * math.max(0, 1 - passed / tau) + demand

  local part = 1
  local all = math.max(s.average, own)
  if all > 0 then part = own / all end
  if own == 0 and demand == 0 then part = 1 end
  local weight = 0
  if member > 0 then weight = weigh(s, now, member, held, part) end

  local there = whole(math.max(0, s.x), unit)
  local share = math.floor(part * (per * tau + math.max(0, s.x)) / unit + random)
  local n = math.max(0, math.min(math.min(want, there), share))
  if n < least then n = 0 end
  local expiry, retry = 0, 0
  if n > 0 then
    s.x = s.x - n * unit
    expiry = grant_into(s, now, span, n)
  elseif want > 0 then
    local need = math.max(1, least) * unit - s.x
    if need > 0 then retry = math.ceil(need / per) else retry = span end
    retry = retry + math.max(s.last, room_at(s, now, burst, math.max(1, least))) - now
  end

  local reply = { 0, now, n, expiry, retry, math.max(0, s.x) / (burst * unit), weight, random }
  local out = { FORMAT, s.x, s.last, epoch, s.average, unit, #s.windows }
  for _, w in ipairs(s.windows) do
    out[#out + 1] = w[1]
    out[#out + 1] = w[2]
  end
  for _, m in ipairs(s.members) do
    out[#out + 1] = m[1]
    out[#out + 1] = m[2]
    out[#out + 1] = m[3]
  end
  local full = math.ceil((burst * unit - math.min(0, s.x)) / per)
  return out, reply, math.ceil((full + 4 * span + UNTIL) / 1000)
end
