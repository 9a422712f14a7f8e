package import Services

extension [Job] {
  /// What time does to clocks. A breach is told within ten seconds and a half minute of the deadline by the worst of leases
  /// and polls, which no deadline of the policy is finer than.
  package static func clocks(_ service: ClockSweepService) -> [Job] {
    [
      Job("advanceClocks", everySeconds: 10, step: service.advance),
      Job("recountClocks", everySeconds: 60, step: service.recount),
    ]
  }
}
