"""What Twilio's channels share: signatures, forms, errors, REST calls, statuses, reconciling, and
the core of their stand-ins. No channel itself; used by the `twilio_*` folders only.
"""
