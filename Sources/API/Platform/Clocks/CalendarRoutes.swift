package import Domain
package import Services

/// `/v1/calendars`
package struct CalendarRoutes: DocumentRoutes {
  package static let order = "code"
  package let service: CalendarService

  package init(_ service: CalendarService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    api.post(Self.path, .calendarsWrite, create)
    api.patch(Self.template, .calendarsWrite, update)
    api.problem(
      ProblemType("calendar-exists", 409, "Calendar exists", "The holder has a calendar already; change that one."))
  }

  package func filter(_ query: QueryReader) throws -> WorkingCalendarFilter {
    WorkingCalendarFilter(
      stationID: try query.id("stationId", Station.self), regionID: try query.id("regionId", Region.self))
  }

  package func view(_ calendar: WorkingCalendar, for caller: Caller) -> WorkingCalendar { calendar }

  @Sendable private func create(_ call: Call) async throws -> Answer {
    try await service.create(try CalendarRequests.draft(try call.body()), creating(call))
  }

  @Sendable private func update(_ call: Call) async throws -> Answer {
    let patch = try CalendarRequests.patch(try call.body())
    return try await service.update(try call.reference(), patch, presenting(call))
  }
}
