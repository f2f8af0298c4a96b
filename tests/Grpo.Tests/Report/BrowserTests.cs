using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vlm.Images;

namespace Vlm.Grpo.Tests.Report;

/// <summary>The page in a real browser: it runs without an error, a filter filters, and boxes lie on the picture where they should.</summary>
public sealed partial class BrowserTests : IDisposable
{
    private const int Width = 1000, Height = 700;
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-browser-");

    private string Folder => Path.Combine(_files.FullName, "drawn");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void The_page_works_in_a_browser()
    {
        Assert.SkipWhen(Browser.Program is null, Browser.Missing);
        DrawnRun.Write(Folder);
        // What a person would do: choose "fixed", look at the card, read a curve with the keyboard.
        string page = With("""
            const shown = () => [...document.querySelectorAll(".card")].filter(card => card.offsetParent !== null).map(card => card.dataset.outcome);
            const all = shown();
            document.querySelector("input[value=fixed]").click();
            const fixed = shown(), said = document.querySelector("output").textContent;
            const words = document.querySelector("input[name=words]");
            document.querySelector("input[value='']").click();
            words.value = "IS IT red";
            words.dispatchEvent(new Event("input", { bubbles: true }));
            const red = shown();
            words.value = "";
            document.querySelector("input[value=fixed]").click();
            document.querySelector(".curve svg").dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
            const read = document.querySelector(".curve .read").textContent;
            const card = document.querySelector("[data-outcome=fixed]");
            card.style.cssText = "position: fixed; left: 0; top: 0; width: 500px; z-index: 99";   // in sight wherever the page is
            const box = card.querySelector("image").getBoundingClientRect();
            const picture = [box.left, box.top, box.width, box.height];
            document.body.dataset.found = JSON.stringify({ all, fixed, said, red, read, picture });
            """);

        (string dom, string errors) = Browser.Open(page, Profile, $"--window-size={Width},{Height}", "--dump-dom");
        Assert.DoesNotContain("CONSOLE", errors, StringComparison.Ordinal);
        JsonNode found = JsonNode.Parse(System.Net.WebUtility.HtmlDecode(Found().Match(dom).Groups[1].Value))!;

        Assert.Equal(["fixed", "broken", "still-wrong", "still-right"], found["all"]!.AsArray().Select(one => (string)one!));
        Assert.Equal(["fixed"], found["fixed"]!.AsArray().Select(one => (string)one!));
        Assert.Equal("1 shown", (string?)found["said"]);
        Assert.Equal(["still-right"], found["red"]!.AsArray().Select(one => (string)one!));
        Assert.Equal("step 4: 0.4", (string?)found["read"]);
        AssertBoxes(page, [.. found["picture"]!.AsArray().Select(number => (double)number!)]);
    }

    // A desktop and a phone, by day and by night: two runs, one of them over codes, with everything unfolded.
    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(400, false)]
    [InlineData(400, true)]
    public void Every_word_can_be_read_and_the_keyboard_reaches_all(int width, bool dark)
    {
        Assert.SkipWhen(Browser.Program is null, Browser.Missing);
        string coded = Path.Combine(_files.FullName, "coded");
        DrawnRun.Write(Folder);
        DrawnRun.WriteCodes(coded);
        string page = RunReport.Html([Folder, coded]), day = "@media (prefers-color-scheme: dark)";
        Assert.Contains(day, page, StringComparison.Ordinal);
        Assert.Contains("@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }", page, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_files.FullName, "inner.html"),
            Scripted(dark ? page.Replace(day, "@media all", StringComparison.Ordinal) : page, Audit.Script));
        // No window is as narrow as a phone, but a frame is.
        string frame = Path.Combine(_files.FullName, "frame.html");
        File.WriteAllText(frame, $"<body><script>addEventListener('message', event => document.body.dataset.found = event.data);</script>"
            + $"<iframe src=\"inner.html\" width=\"{width}\" height=\"900\" style=\"border: 0\"></iframe></body>");

        (string dom, string errors) = Browser.Open(frame, Profile, "--window-size=1400,1000", "--dump-dom");
        Assert.DoesNotContain("CONSOLE", errors, StringComparison.Ordinal);
        JsonNode found = JsonNode.Parse(System.Net.WebUtility.HtmlDecode(Found().Match(dom).Groups[1].Value))!;
        Assert.Empty(found["faults"]!.AsArray().Select(fault => (string?)fault));
        Assert.Equal((width, 0), ((int)found["width"]!, (int)found["moving"]!));
        Assert.True((int)found["texts"]! > 300 && (int)found["stops"]! > 25, found.ToJsonString());
    }

    // The codes of the latest answer, chosen by a person.
    [Fact]
    public void Answers_are_found_by_a_code()
    {
        Assert.SkipWhen(Browser.Program is null, Browser.Missing);
        DrawnRun.WriteCodes(Folder);
        string page = With("""
            const select = document.querySelector("select[name=code]");
            const found = ["", "60", "63"].map(code => {
              select.value = code;
              select.dispatchEvent(new Event("input", { bubbles: true }));
              return [...document.querySelectorAll(".card")].filter(card => card.offsetParent !== null).length;
            });
            document.body.dataset.found = JSON.stringify({ options: select.options.length, found });
            """);

        (string dom, string errors) = Browser.Open(page, Profile, $"--window-size={Width},{Height}", "--dump-dom");
        Assert.DoesNotContain("CONSOLE", errors, StringComparison.Ordinal);
        JsonNode found = JsonNode.Parse(System.Net.WebUtility.HtmlDecode(Found().Match(dom).Groups[1].Value))!;
        Assert.Equal([2, 2, 1], found["found"]!.AsArray().Select(number => (int)number!));
        Assert.Equal(4, (int)found["options"]!);       // all, 60, 61, 63
    }

    // Where there is none, the tests above are skipped and say so.
    [Fact]
    public void A_browser_that_is_not_there_is_not_found()
    {
        string folder = Path.Combine(_files.FullName, "bin");
        Directory.CreateDirectory(folder);
        Assert.Null(Browser.In(""));
        Assert.Null(Browser.In(folder + Path.PathSeparator + Path.Combine(folder, "missing")));

        File.WriteAllText(Path.Combine(folder, "chromium"), "");
        Assert.Equal(Path.Combine(folder, "chromium"), Browser.In(folder));
    }

    // The picture is white; the true box runs from 10, 12 to 50, 48 of 100 x 60 pixels, the answered one to 50, 42. Left of both is white.
    private void AssertBoxes(string page, double[] picture)
    {
        string file = Path.Combine(_files.FullName, "page.png");
        Browser.Open(page, Profile, $"--window-size={Width},{Height}", $"--screenshot={file}");
        RgbImage seen = ImageCodec.Decode(File.ReadAllBytes(file), file);
        Assert.Equal((Width, Height), (seen.Width, seen.Height));

        Assert.Equal(Truth, Colour(30, 48));
        Assert.Equal(After, Colour(30, 42));
        Assert.Equal(Before, Colours(75, 30));
        Assert.Equal((255, 255, 255), Colour(5, 30));
        Assert.Equal((255, 255, 255), Colour(30, 36));

        (int, int, int) Colour(double x, double y) => At((int)(picture[0] + (x * picture[2] / 100)), (int)(picture[1] + (y * picture[3] / 60)));

        // Its line is dashed: somewhere along it.
        (int, int, int) Colours(double x, double y) => Enumerable.Range(-12, 25)
            .Select(pixel => At((int)(picture[0] + (x * picture[2] / 100)) + pixel, (int)(picture[1] + (y * picture[3] / 60)))).FirstOrDefault(colour => colour == Before);

        (int, int, int) At(int x, int y) => seen.Pixels.AsSpan(((y * seen.Width) + x) * 3, 3) is [var red, var green, var blue] ? (red, green, blue) : default;
    }

    private static readonly (int, int, int) Truth = (0x0b, 0x8a, 0x43), Before = (0xd9, 0x48, 0x0f), After = (0x3b, 0x4f, 0xe0);

    private string Profile => Path.Combine(_files.FullName, "profile");

    private string With(string script)
    {
        string path = Path.Combine(_files.FullName, "page.html");
        File.WriteAllText(path, Scripted(RunReport.Html([Folder]), script));
        return path;
    }

    private static string Scripted(string page, string script) =>
        page.Replace("</body>", $"<script>{{ {script} }}</script></body>", StringComparison.Ordinal);

    [GeneratedRegex("data-found=\"([^\"]*)\"")]
    private static partial Regex Found();
}
