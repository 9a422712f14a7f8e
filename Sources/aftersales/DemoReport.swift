import Domain

/// What the operator reads after the demo was loaded.
enum DemoReport {
  static func counts(_ data: DemoData) -> [String] {
    let states = Set(data.orders.orders.map(\.state)).count
    return [
      "Loaded: \(data.network.regions.count) regions, \(data.network.stations.count) stations, "
        + "\(data.people.users.count) users, \(data.catalogue.models.count) vehicle models, "
        + "\(data.catalogue.operations.count) labour operations, \(data.catalogue.items.count) service items, "
        + "\(data.customers.customers.count) customers, \(data.customers.vehicles.count) vehicles, "
        + "\(data.orders.orders.count) work orders in \(states) states, "
        + "\(data.requests.requests.count) service requests, "
        + "\(data.complaints.complaints.count) complaints, "
        + "\(data.requests.returns.count) returns, \(data.quality.issues.count) quality issues, "
        + "\(data.quality.campaigns.count) campaigns, "
        + "\(data.money.settlements.count) settlements, "
        + "\(data.oldParts.suppliers.count) suppliers, \(data.oldParts.oldParts.count) old parts."
    ]
  }

  /// One user a role, the way in, and the machine clients.
  /// - Parameter secrets: by client; `nil` when they were shown before.
  static func accounts(_ people: DemoData.People, secrets: [String: String]?) -> [String] {
    var lines = ["", "Users, all with the password \(people.password):"]
    var seen: Set<String> = []
    for user in people.users where seen.insert(user.role).inserted {
      let place = user.station ?? user.region.map { "region \($0)" } ?? (user.supplier == nil ? "network" : "supplier")
      let title = Role(rawValue: user.role).map { "\($0.title.english) \($0.title.chinese)" } ?? user.role
      lines.append("  \(padded(user.username, 25))\(padded(place, 11))\(title)")
    }
    lines.append("  The other stations have people such as dl001-adviser, dl001-technician and dl001-inspector.")
    lines.append("")
    lines.append("Machine clients:")
    for client in people.clients {
      let secret = secrets?[client.clientId] ?? "(its secret was shown when it was made)"
      lines.append("  \(padded(client.clientId, 25))\(padded(client.station, 11))\(secret)")
    }
    return lines
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
