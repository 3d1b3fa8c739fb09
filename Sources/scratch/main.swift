import Foundation
import Reporting
func write(_ sample: FailingRun, _ name: String) {
  let page = Page(of: sample, caseText: "{\n  \"format\" : \"raftcheck-case\",\n  \"seed\" : 8814\n}\n")
  try! Data(page.bytes).write(to: URL(fileURLWithPath: "/tmp/pages/\(name).html"))
  print(name, page.bytes.count)
}
write(PageSamples.staleRead, "stale")
write(PageSamples.figureEight, "figure8")
