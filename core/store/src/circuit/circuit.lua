-- The same as model.rs, operation for operation.
local FORMAT, HEAD, MEMBER = 1, 10, 7
local OPEN, CLOSED = 1, 2
local KEEPS, SUCCEEDED, FAILED, GIVEN_UP = 1, 2, 3, 4

-- A state that another program wrote, or that is cut off, is not.
local function is_ours(state)
  if #state < HEAD or state[1] ~= FORMAT or state[4] > 2 or (#state - HEAD) % MEMBER ~= 0 then return false end
  for _, number in ipairs(state) do
    if not (number >= 0 and number < 9007199254740992 and number % 1 == 0) then return false end
  end
  return true
end

-- If the clock went back by more than a life, all that is kept is of a time that is not yet.
local function read(state, now, epoch, life)
  if state ~= nil and is_ours(state) and state[3] == epoch and state[2] <= now + life then
    local s = {
      last = state[2], phase = state[4], since = state[5], fence = state[6], attempt = state[7],
      probe_at = state[8], holder = state[9], lease = state[10], members = {},
    }
    for at = HEAD, #state - 1, MEMBER do
      local m = {}
      for i = 1, MEMBER do m[i] = state[at + i] end
      s.members[#s.members + 1] = m
    end
    return s
  end
  return {
    last = now, phase = 0, since = now, fence = now, attempt = 0,
    probe_at = 0, holder = 0, lease = 0, members = {},
  }
end

local function apply(state, now, epoch, born, a)
  local least_calls, rate, least_nodes, share, lease, wait, life = a[1], a[2], a[3], a[4], a[5], a[6], a[7]
  local id, number, seen, ok, failed, tripped = a[8], a[9], a[10], a[11], a[12], a[13]
  local held, probe, deadline = a[14], a[15], a[16]
  local s = read(state, now, epoch, life)
  now = math.max(now, s.last)
  if deadline > 0 and now > deadline then
    return nil, { 1, number, now, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 0
  end
  local kept = {}
  for _, m in ipairs(s.members) do
    if m[1] == id and m[3] > now and number <= m[2] then
      return nil, { 2, number, now, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 0
    end
    if m[1] ~= id and m[3] > now then kept[#kept + 1] = m end
  end
  kept[#kept + 1] = { id, number, now + life, seen, ok, failed, tripped }

  local mine = s.phase == OPEN and s.holder == id and held == s.fence
  if mine and probe == SUCCEEDED then
    s.phase, s.fence = CLOSED, math.max(s.fence + 1, now)
    s.since, s.attempt, s.holder = s.fence, 0, 0
  elseif mine and probe == FAILED then
    s.attempt, s.probe_at, s.holder = s.attempt + 1, now + wait, 0
  elseif mine and probe == GIVEN_UP then
    s.holder = 0
  elseif mine and probe == KEEPS then
    s.lease = now + lease
  end

  local all_ok, all_failed, active, failing = 0, 0, 0, 0
  for _, m in ipairs(kept) do
    if m[4] == s.since then
      all_ok, all_failed = all_ok + m[5], all_failed + m[6]
      local calls = m[5] + m[6]
      if m[7] > 0 or calls > 0 then active = active + 1 end
      if m[7] > 0 or (m[6] > 0 and m[6] >= rate * calls) then failing = failing + 1 end
    end
  end
  local calls = all_ok + all_failed
  -- Before a life is over, not all instances have said what they counted in this phase.
  if s.phase ~= OPEN and now >= s.since + life and calls >= least_calls and all_failed >= rate * calls
    and failing >= least_nodes and failing >= share * active then
    s.phase, s.fence = OPEN, math.max(s.fence + 1, now)
    s.since, s.attempt, s.probe_at, s.holder = s.fence, 0, now + wait, 0
  end

  local free = s.holder == 0 or s.holder == id or s.lease <= now
  if s.phase == OPEN and held == 0 and probe == KEEPS and free and now >= s.probe_at then
    s.fence = math.max(s.fence + 1, now)
    s.holder, s.lease, held = id, now + lease, s.fence
  end
  local fence, prober, probe_in = 0, 0, 0
  if s.phase == OPEN then
    probe_in = math.max(0, s.probe_at - now)
    if s.holder == id and held == s.fence then
      fence, prober = s.fence, 1
    elseif s.holder ~= 0 and s.lease > now then
      prober = 2
    end
  end
  local out = {
    FORMAT, now, epoch, s.phase, s.since, s.fence, s.attempt, s.probe_at, s.holder, s.lease,
  }
  for _, m in ipairs(kept) do
    for i = 1, MEMBER do out[#out + 1] = m[i] end
  end
  local reply = {
    0, number, now, s.phase, s.since, fence, s.attempt, probe_in, all_ok, all_failed, active, failing, prober,
  }
  return out, reply, math.ceil((probe_in + lease + life) / 1000)
end
