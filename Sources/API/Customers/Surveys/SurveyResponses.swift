package import Domain
package import Services

package struct SurveyView: JSONWritable {
  let survey: Survey

  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("code", survey.code)
      $0.field("createdAt", survey.stamp.createdAt)
      $0.field("createdBy", survey.stamp.createdBy.name)
      $0.field("externalIds", survey.content.externalIDs)
      $0.field("id", survey.id)
      $0.field("isActive", survey.content.isActive)
      $0.field("questionVersion", survey.questionVersion)
      $0.field("questions", survey.content.questions)
      $0.field("title", survey.content.title)
      $0.field("updatedAt", survey.stamp.updatedAt)
      $0.field("updatedBy", survey.stamp.updatedBy.name)
      $0.field("use", survey.use)
      $0.field("version", survey.version)
    }
  }
}

extension SurveyQuestion: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("code", code)
      $0.field("kind", kind)
      $0.field("required", isRequired)
      $0.field("text", text)
      $0.field("textEn", textEn)
    }
  }
}

/// What customers answered, station by station (FUP-16, FUP-18).
struct SurveyResultsView: JSONWritable {
  private let survey: Survey
  private let results: [SurveyResult]
  private let from: Timestamp?
  private let before: Timestamp?
  private let at: Timestamp

  init(_ survey: Survey, _ results: [SurveyResult], from: Timestamp?, before: Timestamp?, at: Timestamp) {
    self.survey = survey
    self.results = results
    self.from = from
    self.before = before
    self.at = at
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("asOf", at)
      json.field("createdAtBefore", before)
      json.field("createdAtFrom", from)
      json.array("items", results) { json, result in
        json.object { json in
          json.field("detractors", result.detractors)
          json.field("meanRating", result.ratingHundredths.map(DecimalString.text(hundredths:)))
          json.field("nps", result.nps)
          json.field("passives", result.passives)
          json.field("promoters", result.promoters)
          json.array("questions", result.questions) { json, question in
            json.object {
              $0.field("answers", question.answers)
              $0.field("code", question.code)
              $0.field("kind", question.kind)
              $0.field("mean", question.meanHundredths.map(DecimalString.text(hundredths:)))
            }
          }
          json.field("responses", result.responses)
          json.field("stationId", result.stationID)
        }
      }
      json.field("surveyId", survey.id)
    }
  }
}

/// Answers as one caller sees them: the customer's words cleaned unless he may read personal data (SEC-04).
package struct SurveyResponseView: JSONWritable {
  private let response: SurveyResponse
  private let disclosure: Disclosure

  package init(_ response: SurveyResponse, for caller: Caller) {
    disclosure = Disclosure(of: response.customerID, to: caller)
    self.response = disclosure.shown(response)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.array("answers", response.answers) { json, answer in
        json.object { json in
          json.field("code", answer.code)
          switch answer.value {
          case .rating(let mark), .nps(let mark):
            json.null("flag")
            json.field("number", mark)
            json.null("text")
          case .yesNo(let flag):
            json.field("flag", flag)
            json.null("number")
            json.null("text")
          case .text(let text):
            json.null("flag")
            json.null("number")
            json.personal("text", text, disclosure)
          }
        }
      }
      json.field("channel", response.channel)
      json.personal("comment", response.comment, disclosure)
      json.field("createdAt", response.stamp.createdAt)
      json.field("createdBy", response.stamp.createdBy.name)
      json.field("customerId", response.customerID)
      json.field("followUpId", response.followUpID)
      json.field("id", response.id)
      json.field("meanRating", response.ratingHundredths.map(DecimalString.text(hundredths:)))
      json.field("nps", response.nps)
      json.field("personalDataMasked", disclosure.isMasked)
      json.field("questionVersion", response.survey.number)
      json.field("stationId", response.stationID)
      json.field("surveyId", response.survey.surveyID)
      json.field("workOrderId", response.workOrderID)
    }
  }
}

extension SurveyLink: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("expiresAt", expiresAt)
      $0.field("path", "/v1/survey-links/\(token)")
      $0.field("token", token)
    }
  }
}

extension SurveyForm: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.object {
      $0.field("answered", isAnswered)
      $0.field("orderNumber", orderNumber)
      $0.field("questions", questions)
      $0.field("title", title)
    }
  }
}

struct SurveyThanks: JSONWritable {
  let receivedAt: Timestamp

  func write(to json: inout JSONWriter) { json.object { $0.field("receivedAt", receivedAt) } }
}
