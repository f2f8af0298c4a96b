using System.Xml.Linq;

namespace Vlm.Grpo.Tests.Report;

/// <summary>Methods that a run compared, in its report.</summary>
public sealed class MethodSectionTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-methods-");

    private string Folder => Path.Combine(_files.FullName, "drawn");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void A_run_that_compared_nothing_has_no_such_section()
    {
        DrawnRun.Write(Folder);

        Assert.DoesNotContain(Page().Descendants("section"), section => (string?)section.Attribute("id") == "methods");
    }

    [Fact]
    public void Each_method_has_its_numbers_and_what_is_unknown_a_dash()
    {
        Compared();

        string[][] rows = Rows("Methods");
        Assert.Equal(["token", "0.500", "0.400", "0.800", "2.50", "1,438,240", "–", ""], rows[0]);
        Assert.Equal(["<codes>", "0.450", "0.440", "0.600", "–", "–", "12", ""], rows[1]);
        Assert.Equal([["<codes>", "0.250", "–", "0.900", "0.950", "0.700", "2.5"]], Rows("Codes against tokens"));
    }

    // Rewards .2 to .6 over y 50 to 6, nats 0 to 4 over x 6 to 214; points by rising nats, one without a number left out.
    [Fact]
    public void Rewards_are_drawn_against_nats_on_one_scale()
    {
        Compared();

        XElement[] drawn = [.. Page().Descendants("svg").Where(svg => (string?)svg.Attribute("class") == "frontier")];
        Assert.Equal(["58,50 214,6", "110,28"], drawn.Select(svg => (string)svg.Element("polyline")!.Attribute("points")!));
        Assert.Equal([2, 1], drawn.Select(svg => svg.Elements("circle").Count()));
        Assert.Equal("0.200 at 1.00 nats, 0.600 at 4.00 nats", (string)drawn[0].Attribute("aria-label")!);
    }

    private void Compared()
    {
        DrawnRun.Write(Folder);
        File.WriteAllText(Path.Combine(Folder, "result.json"), """
            { "rows": [
                { "method": "token", "greedy": { "reward": 0.5 }, "sampled": { "reward": 0.4 }, "best_of_group": 0.8,
                  "nats_per_answer": 2.5, "trainable_parameters": 1438240, "cpu_seconds": null },
                { "method": "<codes>", "greedy": { "reward": 0.45 }, "sampled": { "reward": 0.44 }, "best_of_group": 0.6, "cpu_seconds": 12.2 } ],
              "diagnoses": [
                { "phase": "token", "effects": {}, "frontier": [ { "nats": 4, "reward": 0.6 }, { "nats": 1, "reward": 0.2 }, { "nats": null, "reward": 1 } ] },
                { "phase": "<codes>", "frontier": [ { "nats": 2, "reward": 0.4 } ], "effects": { "all": { "representation_gap": 0.25,
                  "agreement": 0.9, "best_agreement": 0.95, "coverage": 0.7, "reachable": 2.5 } } } ] }
            """);
    }

    private XElement Page()
    {
        XElement html = XDocument.Parse(RunReport.Html([Folder])).Root!;
        foreach (XElement element in html.DescendantsAndSelf())
            element.Name = element.Name.LocalName;
        return html;
    }

    private string[][] Rows(string label) =>
    [
        .. Page().Descendants("div").Single(div => (string?)div.Attribute("aria-label") == label).Descendants("tbody").Single().Elements("tr")
            .Select(row => row.Elements().Select(cell => cell.Value.Trim()).ToArray()),
    ];
}
