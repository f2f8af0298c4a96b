using Vlm.Images;

namespace Vlm.Grpo.Tests.Report;

/// <summary>The picture of a report that the docs show: <c>docs/report.png</c>.</summary>
public sealed class DocsPictureTests : IDisposable
{
    private const int Width = 1000, Height = 975, MostBytes = 150_000;

    // What tells most of a run and fits a picture: how far it came, two curves, questions that were fixed.
    private const string Style = """
        .tile, .curve, .card { box-shadow: none !important; } section { margin: 16px 0 20px !important; } .top { padding-top: 20px; }
        .filters { margin-bottom: 8px !important; } .tiles { grid-template-columns: repeat(5, 1fr); } .tile { padding: 10px 12px; }
        .tile .value { font-size: 20px; } .tile .was, .tile .to { font-size: 14px; }
        #run h2, .facts, .command, #health, #results, #groups, #reasons, .lead, #curves .legend, h3, .more, details, footer, .filters legend,
        #curves h3 ~ h3 ~ .curves, .curve:nth-child(n+3), .filters > label, .filters output { display: none !important; }
        """;

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-docs-");

    public void Dispose() => _files.Delete(recursive: true);

    // VLM_REPORT_PICTURE names a run's folder: then the picture is made anew.
    [Fact]
    public void It_is_small()
    {
        string picture = Path.Combine(Root(), "docs", "report.png");
        if (Environment.GetEnvironmentVariable("VLM_REPORT_PICTURE") is { Length: > 0 } run)
            Take(run, picture);

        byte[] png = File.ReadAllBytes(picture);
        RgbImage seen = ImageCodec.Decode(png, picture);
        Assert.Equal((Width, Height), (seen.Width, seen.Height));
        Assert.InRange(png.Length, 20_000, MostBytes);
    }

    private void Take(string run, string picture)
    {
        Assert.True(Browser.Program is not null, Browser.Missing);
        string page = Path.Combine(_files.FullName, "page.html");
        File.WriteAllText(page, RunReport.Html([run]).Replace("</head>", $"<style>{Style}</style></head>", StringComparison.Ordinal)
            .Replace("</body>", "<script>document.querySelector('input[value=fixed]').click();</script></body>", StringComparison.Ordinal));
        Browser.Open(page, Path.Combine(_files.FullName, "profile"), $"--window-size={Width},{Height}", $"--screenshot={picture}");
    }

    private static string Root()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
                return at.FullName;
        throw new InvalidOperationException($"no Vlm.sln above {AppContext.BaseDirectory}");
    }
}
