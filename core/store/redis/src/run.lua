-- KEYS[1]: the key. ARGV[1]: the arguments. ARGV[2]: pairs of the epoch of a server that was promoted and
-- the time at which the client first saw it.
local info = redis.call('INFO', 'replication')
local id, earlier = string.match(info, 'master_replid:(%x+)'), string.match(info, 'master_replid2:(%x+)')
local epoch = tonumber(string.sub(id, 1, 13), 16)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- A server without an earlier id has been the primary since it started.
local promoted = string.find(earlier, '[^0]') ~= nil

local function is_of_this_epoch(state)
  for _, number in ipairs(state) do
    if number == epoch then return true end
  end
  return false
end

local function born()
  if promoted then
    local seen = decode(ARGV[2])
    for i = 1, #seen - 1, 2 do
      if seen[i] == epoch then return math.min(seen[i + 1], now) end
    end
    return now
  end
  -- Both ends of the uptime are cut to seconds.
  local uptime = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
  return now - math.max(0, uptime - 1) * 1000000
end

local text = redis.call('GET', KEYS[1])
local state = nil
if text then state = decode(text) end
local beginning = now
if state == nil or not is_of_this_epoch(state) then beginning = born() end

local new, reply, keep = run(state, now, epoch, beginning, decode(ARGV[1]))
if new ~= nil then
  keep = math.min(math.max(keep, 1), 1000000000000000)
  redis.call('SET', KEYS[1], encode(new), 'PX', string.format('%.0f', keep))
end
local header = { now, 0 }
if promoted then header[2] = epoch end
return encode(header) .. encode(reply)
