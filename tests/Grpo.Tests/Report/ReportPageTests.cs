using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Vlm.Grpo.Tests.Report;

public sealed partial class ReportPageTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-report-");

    private string Folder => Path.Combine(_files.FullName, "drawn");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void The_page_of_a_finished_run_is_written_with_it_and_is_well_formed()
    {
        DrawnRun.Write(Folder);

        string page = File.ReadAllText(Path.Combine(Folder, RunReport.FileName));
        XElement html = Parsed(page);
        Assert.Equal(page, RunReport.Html([Folder]));
        Assert.Equal(["run", "results", "curves", "held-out", "groups", "reasons"],
            html.Descendants("section").Select(section => (string)section.Attribute("id")!));
        Assert.InRange(page.Length, 20_000, 200_000);
        Assert.Equal("drawn: grpo", html.Descendants("h1").Single().Value);
        Assert.Contains("Finished step 4 of 4", Words(Class(html, "state").Single()), StringComparison.Ordinal);
    }

    // Nothing is fetched: every address is an anchor or data.
    [Fact]
    public void It_names_no_other_file_and_no_address()
    {
        DrawnRun.Write(Folder);

        XElement html = Parsed(RunReport.Html([Folder]));
        string[] addresses = [.. html.Descendants().Attributes().Where(at => at.Name.LocalName is "href" or "src").Select(at => at.Value)];
        Assert.True(addresses.Length > 8);
        Assert.All(addresses, address => Assert.Matches("^(#|data:)", address));
        Assert.DoesNotMatch("url\\(|@import|https?://(?!www\\.w3\\.org/2000/svg)", html.ToString());
    }

    [Fact]
    public void What_a_model_wrote_is_text_and_never_markup()
    {
        DrawnRun.Write(Folder);

        string page = RunReport.Html([Folder]);
        XElement html = Parsed(page);
        Assert.Single(html.Descendants("script"));
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains(Class(html, "said"), said => said.Value == "<script>alert('no & \"yes\"')</script>");
        Assert.Contains(Class(html, "said"), said => said.Value == "]]> <b>nowhere\uFFFD");
        Assert.Contains(html.Descendants("h4"), asked => asked.Value == "Where is <it> of held-0?");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(37)]
    public void A_curve_has_as_many_points_as_steps(int steps)
    {
        DrawnRun.Write(Folder, steps);

        XElement html = Parsed(RunReport.Html([Folder]));
        XElement[] curves = [.. Class(html, "curve")];
        Assert.Equal(["reward", "entropy", "frac_reward_zero_std", "elapsed_s"], curves.Select(curve => Class(curve, "metric").Single().Value));
        Assert.All(curves, curve => Assert.All(curve.Descendants("polyline"), line => Assert.Equal(steps, Points(line).Length)));
        Assert.Equal(2 * curves.Length, curves.Sum(curve => curve.Descendants("polyline").Count()));
    }

    // Steps 1 to 4 over x 46 to 350; rewards .1 to .4 on a scale of .1 to .4 over y 152 to 10.
    [Fact]
    public void Points_lie_where_their_numbers_are()
    {
        DrawnRun.Write(Folder);

        XElement reward = Class(Parsed(RunReport.Html([Folder])), "curve").First();
        Assert.Equal([(46, 152), (147.33, 104.67), (248.67, 57.33), (350, 10)], Points(reward.Descendants("polyline").First()));
        Assert.Equal(("0.1", "0.4"), ((string)reward.Attribute("data-low")!, (string)reward.Attribute("data-high")!));
        Assert.Contains("from 0.1 at step 1 to 0.4 at step 4", (string)reward.Descendants("svg").Single().Attribute("aria-label")!, StringComparison.Ordinal);
        Assert.Equal("checkpoint of step 2", Assert.Single(reward.Descendants("path")).Element("title")!.Value);
    }

    // Truth and answers are in thousandths of 100 x 60 pixels: [100, 200, 500, 800] is 10, 12 to 50, 48.
    [Fact]
    public void Boxes_are_in_pixels_of_the_picture()
    {
        DrawnRun.Write(Folder);

        XElement card = Card(Parsed(RunReport.Html([Folder])), "fixed");
        Assert.Equal("0 0 100 60", (string)card.Descendants("svg").Single().Attribute("viewBox")!);
        Assert.Equal("10,12,40,36", Rectangle(card, "box truth"));
        Assert.Equal("50,0,50,30", Rectangle(card, "box before"));
        Assert.Equal("10,12,40,30", Rectangle(card, "box after"));
    }

    [Fact]
    public void Each_held_out_question_says_what_became_of_it()
    {
        DrawnRun.Write(Folder);

        XElement html = Parsed(RunReport.Html([Folder]));
        Assert.Equal(["fixed", "broken", "still-wrong", "still-right"], Class(html, "card").Select(card => (string)card.Attribute("data-outcome")!));
        Assert.Equal(["all 4", "fixed 1", "broken 1", "still wrong 1", "still right 1"], Class(html, "choice").Select(Words));
        Assert.Contains("|iou: iou|", Card(html, "fixed").Attribute("data-reason")!.Value, StringComparison.Ordinal);
        Assert.Contains("cut short", Words(Card(html, "still-wrong")), StringComparison.Ordinal);
        Assert.Contains("no picture kept", Words(Card(html, "still-right")), StringComparison.Ordinal);
    }

    // 1 of 3 boxes right before and after, the word both times: Wilson for 1 of 3 is 6.1 to 79.2 %, for 2 of 4 15.0 to 85.0 %.
    [Fact]
    public void Kinds_have_their_shares_before_and_after_with_intervals()
    {
        DrawnRun.Write(Folder);

        string[] rows = [.. Class(Parsed(RunReport.Html([Folder])), "results").Single().Element("tbody")!.Elements().Select(Words)];
        Assert.Equal("exists 1 100.0 % (20.7 to 100.0) 100.0 % (20.7 to 100.0) 0.0", rows[0]);
        Assert.Equal("ground 3 33.3 % (6.1 to 79.2) 33.3 % (6.1 to 79.2) 0.0", rows[1]);
        Assert.Equal("all questions 4 50.0 % (15.0 to 85.0) 50.0 % (15.0 to 85.0) 0.0", rows[2]);
    }

    [Fact]
    public void Groups_are_sorted_by_reward_and_show_their_advantages()
    {
        DrawnRun.Write(Folder);

        XElement[] steps = [.. Class(Parsed(RunReport.Html([Folder])), "step").Where(step => step.Name == "details")];
        Assert.Equal(["Step 1", "Step 2", "Step 3", "Step 4"], steps.Select(step => step.Element("summary")!.Value));
        XElement[] rows = [.. Class(steps[0], "group").First().Descendants("tbody").Single().Elements()];
        Assert.Equal(["1.00", "0.00"], rows.Select(row => row.Elements().First().Value));
        Assert.Equal(["+0.50", "−0.50"], rows.Select(row => row.Elements().ElementAt(1).Value.Trim()));
    }

    [Fact]
    public void Two_runs_lie_over_each_other_and_each_has_its_own_questions()
    {
        DrawnRun.Write(Folder);
        string other = Path.Combine(_files.FullName, "other");
        DrawnRun.Write(other, steps: 6);

        XElement html = Parsed(RunReport.Html([Folder, other]));
        XElement reward = Class(html, "curve").First();
        Assert.Equal([4, 6], reward.Descendants("polyline").Where(line => ((string)line.Attribute("class")!).StartsWith("raw", StringComparison.Ordinal))
            .Select(line => Points(line).Length));
        Assert.Equal(["drawn", "other"], Class(html, "whose").Select(one => one.Value).Distinct());
        Assert.Equal(2, Class(html, "gallery").Select(gallery => (string)gallery.Attribute("id")!).Distinct().Count());
    }

    // Codes 60 and 61 in turn at first, 60 alone at last: as various as two, then as one.
    [Fact]
    public void A_run_over_codes_shows_which_were_taken()
    {
        DrawnRun.WriteCodes(Folder);

        XElement html = Parsed(RunReport.Html([Folder]));
        XElement codes = html.Descendants("section").Single(section => (string?)section.Attribute("id") == "codes");
        Assert.Contains("2 different ones in the first quarter, as various as 2.0 that", Words(codes), StringComparison.Ordinal);
        Assert.Contains("1 in the last, as various as 1.0.", Words(codes), StringComparison.Ordinal);
        Assert.Equal(["60 50.0 % 100.0 % 2 ␣no␣where 67 % end 33 %", "61 50.0 % 0.0 % 1 end 100 %"],
            Class(codes, "codetable").Single().Element("tbody")!.Elements().Select(Words));
        Assert.Equal("codes: no␣where 60 end 61", Words(Class(Class(html, "group").First(), "codelist").Single()));
        XElement card = Class(html, "card").First();
        Assert.Equal("codes: no␣where 60 end 63", Words(Class(card, "codelist").Single()));
        Assert.Equal("2 codes", card.Descendants("summary").Single().Value);
        Assert.Equal("|60|63|", (string?)card.Attribute("data-code"));
    }

    // Three are named; more are folded, and each is there.
    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 4)]
    public void A_long_list_of_data_files_is_folded(int files, int listed)
    {
        string[] data = [.. Enumerable.Range(0, files).Select(i => $"data/train-{i}.parquet")];
        var options = new JsonObject { ["data"] = new JsonObject { ["value"] = new JsonArray([.. data]) } };
        using (Run run = Run.Open(new RunSetup(Folder) { Options = options }, new UpdateOptions()))
        {
            run.Log(1, (Metric.Loss, 2));
            run.Finish(new { });
        }

        XElement fact = Class(Parsed(RunReport.Html([Folder])), "facts").Single().Elements().First(one => one.Element("dt")!.Value == "Data");
        Assert.Equal(listed, fact.Descendants("li").Count());
        Assert.All(data, file => Assert.Contains(file, fact.Value, StringComparison.Ordinal));
        Assert.Equal(listed > 0 ? "4 files, from train-0.parquet" : null, fact.Descendants("summary").SingleOrDefault()?.Value);
    }

    private static XElement Card(XElement html, string outcome) => Class(html, "card").Single(card => (string?)card.Attribute("data-outcome") == outcome);

    private static string Rectangle(XElement card, string name) => card.Descendants("rect").Single(box => (string?)box.Attribute("class") == name) is var box
        ? string.Join(',', new[] { "x", "y", "width", "height" }.Select(at => (string)box.Attribute(at)!)) : "";

    private static IEnumerable<XElement> Class(XElement from, string name) =>
        from.Descendants().Where(one => ((string?)one.Attribute("class"))?.Split(' ').Contains(name) == true);

    private static (double X, double Y)[] Points(XElement line) => [.. ((string)line.Attribute("points")!).Split(' ')
        .Select(pair => pair.Split(',').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).ToArray())
        .Select(pair => (pair[0], pair[1]))];

    private static string Words(XElement of) => Blank().Replace(string.Concat(of.DescendantNodes().OfType<XText>()
        .Where(text => text.Parent!.Name != "title").Select(text => text.Value + " ")), " ").Trim();

    // Without names: the drawings' and the page's elements are found alike.
    private static XElement Parsed(string page)
    {
        XElement html = XDocument.Parse(page).Root!;
        foreach (XElement element in html.DescendantsAndSelf())
            element.Name = element.Name.LocalName;
        return html;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
