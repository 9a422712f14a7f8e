package import Services

extension [Job] {
  /// What time does to clocks. The shortest deadlines are minutes, so a look every ten seconds is fine enough.
  package static func clocks(_ service: ClockSweepService) -> [Job] {
    [
      Job("advanceClocks", everySeconds: 10, step: service.advance),
      Job("recountClocks", everySeconds: 60, step: service.recount),
    ]
  }
}
