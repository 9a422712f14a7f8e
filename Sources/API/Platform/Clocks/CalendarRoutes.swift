package import Domain
package import Services

/// `/v1/calendars`
package struct CalendarRoutes: RecordRoutes {
  package typealias View = WorkingCalendar
  package static let order = "code"
  package let service: CalendarService

  package init(_ service: CalendarService) { self.service = service }

  package func add(to api: inout RouteTable) {
    addReading(to: &api)
    addWriting(to: &api)
    api.problem(
      ProblemType(
        "calendar-exists", 409, "Calendar exists", "The holder has a calendar already; change that one.",
        members: ["conflicts"]))
  }

  package func filter(_ query: QueryReader) throws -> WorkingCalendarFilter {
    WorkingCalendarFilter(
      stationID: try query.id("stationId", Station.self), regionID: try query.id("regionId", Region.self))
  }
}
