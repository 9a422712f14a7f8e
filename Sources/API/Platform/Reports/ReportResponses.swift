package import Domain
package import Services

extension ReportPress {
  /// The bytes of each form, as they are sent and stored.
  package static let standard = ReportPress { report, format in
    switch format {
    case .json: JSONWriter.bytes(of: report, capacity: 512 + report.rows.count * 600)
    case .csv: ReportTable.bytes(of: report)
    case .svg: ReportChart.bytes(of: report)
    }
  }
}

extension Report: JSONWritable {
  package func write(to json: inout JSONWriter) {
    let definition = definition
    // Members in ascending order, places in that of the columns.
    let members = definition.columns.enumerated().sorted { $0.element.name < $1.element.name }
    json.object { json in
      json.field("asOf", asOf)
      json.array("columns", definition.columns)
      json.object("figures") { json in
        for figure in figures.sorted(by: { $0.name < $1.name }) {
          json.member(named: figure.name) { $0.integer(Int64(figure.value)) }
        }
      }
      json.object("filter") {
        $0.field("dateBefore", period?.before)
        $0.field("dateFrom", period?.from)
        $0.field("stationId", coverage.stationID)
        $0.field("stationIds", coverage.stations)
      }
      json.field("policyVersions", policyVersions.map(\.description))
      json.field("report", name)
      json.field("rowCount", rows.count)
      json.array("rows", rows) { json, row in
        json.object { json in
          for (place, column) in members { json.member(named: column.name) { row[place].write(to: &$0) } }
        }
      }
      json.field("title", definition.title)
      json.field("titleEn", definition.titleEn)
    }
  }
}

extension ReportValue: JSONWritable {
  package func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.null()
    case .text(let text): json.string(text)
    case .integer(let number): json.integer(Int64(number))
    case .percent(let tenths): json.splice(Self.percent(tenths).utf8)
    case .instant(let instant): instant.write(to: &json)
    case .boolean(let flag): json.boolean(flag)
    }
  }

  /// `97.5`
  static func percent(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)" }
}

extension ReportDefinition.Column: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("description", description)
      $0.field("name", name)
      $0.field("type", kind)
    }
  }
}

extension ReportDefinition: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("basis", basis)
      json.array("columns", columns)
      json.field("daily", isDaily)
      json.field("description", description)
      json.array("figures", figures) { json, figure in
        json.object {
          $0.field("description", figure.description)
          $0.field("name", figure.name)
        }
      }
      json.array("formats", formats)
      json.field("issued", isIssued)
      json.array("parameters", parameters)
      json.field("path", "/v1/reports/\(name.segment)")
      json.field("permission", permission)
      json.array("recipients", recipients)
      json.field("report", name)
      json.field("rhythm", rhythm)
      json.field("title", title)
      json.field("titleEn", titleEn)
    }
  }

  /// The names of the query's parameters.
  var parameters: [String] {
    switch span {
    case .instant: ["asOf", "stationId"]
    case .day: ["asOf", "date", "stationId"]
    case .days: ["asOf", "dateBefore", "dateFrom", "stationId"]
    }
  }
}

extension IssuedReport: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("asOf", asOf)
      json.array("contents", contents) { json, content in
        json.object {
          $0.field("mediaType", content.format)
          $0.field("sha256", content.sha256)
          $0.field("size", content.size)
        }
      }
      json.field("dateBefore", period.before)
      json.field("dateFrom", period.from)
      json.field("id", id)
      json.field("issuedAt", issuedAt)
      json.field("issuedBy", issuedBy.name)
      json.field("number", number)
      json.field("origin", origin)
      json.field("policyVersions", policyVersions)
      json.array("receipts", receipts) { json, receipt in
        json.object {
          $0.field("readAt", receipt.readAt)
          $0.field("reader", receipt.reader)
          $0.field("readerId", receipt.readerID)
        }
      }
      json.array("recipients", recipients.enumerated()) { json, entry in
        write(entry.element, at: entry.offset, to: &json)
      }
      json.field("report", name)
      json.field("rowCount", rowCount)
      json.field("stationId", stationID)
      json.field("version", version)
    }
  }

  private func write(_ recipient: ReportRecipient, at place: Int, to json: inout JSONWriter) {
    var (role, station, user): (Role?, Station.ID?, User.ID?) = (nil, nil, nil)
    switch recipient {
    case .role(let named): role = named
    case .station(let named): station = named
    case .user(let named): user = named
    }
    json.object {
      // The event that delivers it is of the same transaction.
      $0.field("deliveredAt", issuedAt)
      $0.field("kind", recipient.kind)
      $0.field("readAt", receipts.filter { $0.recipients.contains(place) }.map(\.readAt).min())
      $0.field("role", role)
      $0.field("stationId", station)
      $0.field("userId", user)
    }
  }
}
