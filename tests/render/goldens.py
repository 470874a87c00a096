"""What the believable plan and report look like, to the letter."""

PLAN_100 = """\
Plan for production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)
Limited to config[*]

example.com: 4 to update, 1 to delete

  ~ update  category[example.com/Phones HQ]  domains/hq.yaml:6:5
      renamed from category[example.com/Phones Stuttgart]
      name  Phones Stuttgart → Phones HQ

  ~ update  config[example.com/EXPERT/no telnet]  domains/hq.yaml:31:5
      script      5 lines → 4 lines  (2 removed, 1 added)
        │ @@ -1,5 +1,4 @@
        │  mod cmd UP1 /no-telnet
        │ -mod cmd HTTP0 /force-tls
        │ +mod cmd HTTP0 /force-tls /tls-only
        │  config change TELNET0 /off
        │ -config write
        │  config activate
      extra.note  (secret changed)

  ~ update  config[example.com/MEDIA/media]  domains/hq.yaml:36:5
      reaches the devices of its categories → every device of example.com
      categories    [Phones HQ] → (every device)
      tosRtp        0xb8        → 0x88
      turnPassword  (secret changed)

  ~ update  config[example.com/PHONE/HQ phones]  domains/hq.yaml:14:5
      gk1              172.16.0.1 → 172.16.0.2
      gk2              (unset)    → 172.16.0.3
      dialTone         GERMANY    → SWITZERLAND
      noAnswerTimeout  30         → (unset)
      recordingUrl
        - https://recordings.example.com/upload?site=stuttgart
        + https://recordings.example.com/upload?site=stuttgart&tenant=hq

  - DELETE  config[example.com/NTP/old clock]  domains/hq.yaml:52:5
      - categories   [Phones HQ]
      - ntp1         192.168.0.1
      - logPassword  (secret removed)

berlin.example.com: 3 to create

  + create  category[berlin.example.com/Phones Berlin]  b.yaml:4:5
      + config  true

  + create  config[berlin.example.com/NTP/time]  baselines/german.yaml:9:5
      reaches every device of berlin.example.com
      + categories  (every device)
      + ntp1        ptbtime1.ptb.de
      + tz          CET-1CEST-2,M3.5.0/2,M10.5.0/3

  + create  config[berlin.example.com/EXPERT/welcome]  b.yaml:12:5
      + categories   [Phones Berlin, "Guests, ground floor"]
      + script       2 lines
        │ +config change PHONE APP-SETUP
        │ +config activate
      + logPassword  (secret set)

Note: config[berlin.example.com/FAX/fax]: syncer does not know this type and creates it as written

Held back:
  ! deletes: 1 deletes take every config of example.com
      config[example.com/NTP/old clock]
      => confirm with --confirm-deletes 1
  ! protected: policy.protect forbids to change or delete these
      config[example.com/EXPERT/no telnet]
      => nothing overrides this
  ! unverified-wire: the wire profile conventional is not verified on this server for create_config:
        prove it with `syncer wire verify`
      => go on all the same with --unverified-wire

Whether the files or the server moved cannot be told: --since RECORD or --base REF tells.
Plan: 3 to create, 4 to update, 1 to delete; 40 unchanged, 2 unmanaged."""

PLAN_40 = """\
Plan for production
         (wss://apps.example.com/example
         .com/devices/innovaphone-device
         s-api)
Limited to config[*]

example.com: 4 to update, 1 to delete

~ update  category[example.com/Phones
          HQ]
    domains/hq.yaml:6:5
    renamed from category[example.com/Ph
                 ones Stuttgart]
    name  Phones Stuttgart → Phones HQ

~ update  config[example.com/EXPERT/no
          telnet]
    domains/hq.yaml:31:5
    script  (2 removed, 1 added)
      - 5 lines
      + 4 lines
      │ @@ -1,5 +1,4 @@
      │  mod cmd UP1 /no-telnet
      │ -mod cmd HTTP0 /force-tls
      │ +mod cmd HTTP0 /force-tls
      │   /tls-only
      │  config change TELNET0 /off
      │ -config write
      │  config activate
    extra.note  (secret changed)

~ update  config[example.com/MEDIA/media
          ]
    domains/hq.yaml:36:5
    reaches the devices of its
            categories → every device of
            example.com
    categories
      - [Phones HQ]
      + (every device)
    tosRtp        0xb8        → 0x88
    turnPassword  (secret changed)

~ update  config[example.com/PHONE/HQ
          phones]
    domains/hq.yaml:14:5
    gk1  172.16.0.1 → 172.16.0.2
    gk2  (unset) → 172.16.0.3
    dialTone  GERMANY → SWITZERLAND
    noAnswerTimeout  30 → (unset)
    recordingUrl
      - https://recordings.example.com/u
        pload?site=stuttgart
      + https://recordings.example.com/u
        pload?site=stuttgart&tenant=hq

- DELETE  config[example.com/NTP/old
          clock]
    domains/hq.yaml:52:5
    - categories   [Phones HQ]
    - ntp1         192.168.0.1
    - logPassword  (secret removed)

berlin.example.com: 3 to create

+ create  category[berlin.example.com/Ph
          ones Berlin]
    b.yaml:4:5
    + config  true

+ create  config[berlin.example.com/NTP/
          time]
    baselines/german.yaml:9:5
    reaches every device of
            berlin.example.com
    + categories  (every device)
    + ntp1        ptbtime1.ptb.de
    + tz          CET-1CEST-2,M3.5.0/2,M
                  10.5.0/3

+ create  config[berlin.example.com/EXPE
          RT/welcome]
    b.yaml:12:5
    + categories   [Phones Berlin,
                   "Guests, ground
                   floor"]
    + script       2 lines
      │ +config change PHONE APP-SETUP
      │ +config activate
    + logPassword  (secret set)

Note: config[berlin.example.com/FAX/fax]
      : syncer does not know this type
      and creates it as written

Held back:
! deletes: 1 deletes take every config
      of example.com
    config[example.com/NTP/old clock]
    => confirm with --confirm-deletes 1
! protected: policy.protect forbids to
      change or delete these
    config[example.com/EXPERT/no telnet]
    => nothing overrides this
! unverified-wire: the wire profile
      conventional is not verified on
      this server for create_config:
      prove it with `syncer wire verify`
    => go on all the same with
       --unverified-wire

Whether the files or the server moved
cannot be told: --since RECORD or --base
REF tells.
Plan: 3 to create, 4 to update, 1 to
delete; 40 unchanged, 2 unmanaged."""

GUARDS_100 = """\
Held back:
  ! deletes: 1 deletes take every config of example.com
      config[example.com/NTP/old clock]
      => confirm with --confirm-deletes 1
  ! protected: policy.protect forbids to change or delete these
      config[example.com/EXPERT/no telnet]
      => nothing overrides this
  ! unverified-wire: the wire profile conventional is not verified on this server for create_config:
        prove it with `syncer wire verify`
      => go on all the same with --unverified-wire"""

REPORT_100 = """\
applied      + category[berlin.example.com/Phones Berlin]
unchanged    ~ config[example.com/NTP/time]
               the server took it and kept the old value
refused      ~ config[example.com/NTP/clock]
               the server answered: no
failed       ~ config[example.com/PHONE/HQ phones]
               gk1 reads back as 172.16.0.1, not 172.16.0.2
unknown      ~ config[example.com/MEDIA/media]
               the connection was lost before the reply
rolled back  ~ category[example.com/Phones HQ]
not tried    - domain[old.example.com]
               an earlier change failed

Not all was applied: 1 applied, 1 unchanged, 1 refused, 1 failed, 1 unknown, 1 rolled back, 1 not
tried."""

REPORT_40 = """\
applied      + category[berlin.example.c
               om/Phones Berlin]
unchanged    ~ config[example.com/NTP/ti
               me]
               the server took it and
               kept the old value
refused      ~ config[example.com/NTP/cl
               ock]
               the server answered: no
failed       ~ config[example.com/PHONE/
               HQ phones]
               gk1 reads back as
               172.16.0.1, not
               172.16.0.2
unknown      ~ config[example.com/MEDIA/
               media]
               the connection was lost
               before the reply
rolled back  ~ category[example.com/Phon
               es HQ]
not tried    - domain[old.example.com]
               an earlier change failed

Not all was applied: 1 applied, 1
unchanged, 1 refused, 1 failed, 1
unknown, 1 rolled back, 1 not tried."""
