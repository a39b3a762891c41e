"""`speechkit.domain.limits` in Lua, because Redis and Valkey run a script atomically.

A key's usage is a hash (when its bucket is full, the day, that day's audio) and a sorted set of leases by their end.
The time is the server's, so that gateways whose clocks differ agree.
"""

from speechkit.domain.limits import CONCURRENCY_RETRY_SECONDS, DAY_SECONDS, MINUTE_SECONDS, ROUNDING_SECONDS, Limit

KEPT_SECONDS = 2 * DAY_SECONDS
"""Longer than anything counted here matters."""

_NOW = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
"""

ADMIT = f"""
{_NOW}
local per_minute, per_day, at_once = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local lease, lease_seconds = ARGV[4], tonumber(ARGV[5])

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.6f', now))
local ahead = redis.call('ZRANGEBYSCORE', KEYS[2], string.format('(%.6f', now + lease_seconds), '+inf')
for _, name in ipairs(ahead) do  -- the clock was set back
  redis.call('ZADD', KEYS[2], string.format('%.6f', now + lease_seconds), name)
end

local full_at = tonumber(redis.call('HGET', KEYS[1], 'bucket_full_at') or '0')
local filling = math.max(0, math.min(full_at - now, {MINUTE_SECONDS}))
local audio_seconds = 0
if redis.call('HGET', KEYS[1], 'day') == tostring(math.floor(now / {DAY_SECONDS})) then
  audio_seconds = tonumber(redis.call('HGET', KEYS[1], 'audio_seconds'))
end
local cost = 0
if per_minute then cost = {MINUTE_SECONDS} / per_minute end

local refused_by, wait = '', 0
if at_once and redis.call('ZCARD', KEYS[2]) >= at_once then
  refused_by, wait = '{Limit.CONCURRENT_REQUESTS}', {CONCURRENCY_RETRY_SECONDS}
end
if filling + cost > {MINUTE_SECONDS} + {ROUNDING_SECONDS} then
  refused_by, wait = '{Limit.REQUESTS_PER_MINUTE}', filling + cost - {MINUTE_SECONDS}
end
if per_day and audio_seconds >= per_day then
  refused_by, wait = '{Limit.AUDIO_SECONDS_PER_DAY}', {DAY_SECONDS} - now % {DAY_SECONDS}
end

if refused_by == '' then
  filling = filling + cost
  redis.call('HSET', KEYS[1], 'bucket_full_at', string.format('%.6f', now + filling))
  redis.call('EXPIRE', KEYS[1], {KEPT_SECONDS})
  redis.call('ZADD', KEYS[2], string.format('%.6f', now + lease_seconds), lease)
  redis.call('EXPIRE', KEYS[2], math.ceil(lease_seconds) + 1)
end
local remaining = 0
if cost > 0 then remaining = math.floor(({MINUTE_SECONDS} + {ROUNDING_SECONDS} - filling) / cost) end
return {{refused_by, tostring(wait), remaining, tostring(filling)}}
"""

RENEW = f"""
{_NOW}
redis.call('ZADD', KEYS[2], string.format('%.6f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('EXPIRE', KEYS[2], math.ceil(tonumber(ARGV[2])) + 1)
"""

FINISH = f"""
{_NOW}
redis.call('ZREM', KEYS[2], ARGV[1])
if tonumber(ARGV[2]) > 0 then
  local day = tostring(math.floor(now / {DAY_SECONDS}))
  if redis.call('HGET', KEYS[1], 'day') ~= day then
    redis.call('HSET', KEYS[1], 'day', day, 'audio_seconds', '0')
  end
  redis.call('HINCRBYFLOAT', KEYS[1], 'audio_seconds', ARGV[2])
  redis.call('EXPIRE', KEYS[1], {KEPT_SECONDS})
end
"""

COUNT = f"""
{_NOW}
local most, per_seconds, this = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.6f', now - per_seconds))
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.6f', now), '+inf')  -- the clock was set back
local count = redis.call('ZCARD', KEYS[1])
if count < most then
  redis.call('ZADD', KEYS[1], string.format('%.6f', now), this)
  redis.call('EXPIRE', KEYS[1], math.ceil(per_seconds) + 1)
  return '0'
end
local oldest = redis.call('ZRANGE', KEYS[1], count - most, count - most, 'WITHSCORES')
return tostring(tonumber(oldest[2]) + per_seconds - now)
"""
