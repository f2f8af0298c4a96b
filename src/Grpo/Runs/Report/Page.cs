using System.Reflection;

namespace Vlm.Grpo.Reports;

/// <summary>The whole page, from what was read of one run or several.</summary>
internal static class Page
{
    /// <summary>HTML that is well-formed XML, too.</summary>
    public static string Of(IReadOnlyList<RunView> runs)
    {
        RunView first = runs[0];
        string title = runs.Count == 1 ? $"{first.Name}: {first.Head.Recipe}" : string.Join(" and ", runs.Select(run => run.Name));
        (string Id, string Title, Html Body)[] sections = [.. Sections(runs).Where(section => section.Body.Text.Length > 0)];
        return Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <link rel="icon" href="data:," />
            <title>{title}</title>
            <style>/*<![CDATA[*/
            {Resource("report.css")}
            /*]]>*/</style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the report</a>
            <header class="top"><div class="wide">
            <p class="brand">{(runs.Count == 1 ? "Run report" : "Run reports, curves over each other")}</p>
            <h1>{title}</h1>
            <nav aria-label="Sections">{sections.Select(one => Html.Of($"<a href=\"#{one.Id}\">{one.Title}</a>"))}</nav>
            </div></header>
            <main id="main" class="wide" tabindex="-1">
            {sections.Select(Section)}
            </main>
            <footer class="wide"><p>A run writes its report at its checkpoints and at its end;
            <code>./vlm report {string.Join(' ', runs.Select(run => run.Folder))}</code> writes it again. Everything is
            in this file.</p></footer>
            <script>//<![CDATA[
            {Resource("report.js")}
            //]]></script>
            </body>
            </html>

            """).Text;
    }

    private static Html Section((string Id, string Title, Html Body) one) => Html.Of($"""
        <section id="{one.Id}" aria-labelledby="{one.Id}-title">
        <h2 id="{one.Id}-title">{one.Title}</h2>
        {one.Body}
        </section>

        """);

    private static IEnumerable<(string Id, string Title, Html Body)> Sections(IReadOnlyList<RunView> runs)
    {
        yield return ("run", runs.Count == 1 ? "The run" : "The runs", Each(runs, HeadSection.Of));
        yield return ("health", "Health", Each(runs, HealthSection.Of));
        bool compares = runs.Any(run => run.Results.Any(row => row.Before is not null));
        yield return ("results", compares ? "Before and after" : "Results", Each(runs, ResultSection.Of));
        yield return ("methods", "Methods", Each(runs, MethodSection.Of));
        yield return ("curves", "Curves", CurveSection.Of(runs));
        yield return ("held-out", "Held-out questions", Each(runs, GallerySection.Of));
        yield return ("groups", "Groups", Each(runs, GroupSection.Of));
        yield return ("reasons", "Reasons", Each(runs, ReasonSection.Of));
        yield return ("codes", "Codes", Each(runs, CodeSection.Of));
    }

    // Of several runs each has a heading of its own.
    private static Html Each(IReadOnlyList<RunView> runs, Func<RunView, Html> section) => runs.Count == 1 ? section(runs[0])
        : Html.Join(runs.Index().Select(run => (run.Index, Run: run.Item, Body: section(run.Item))).Where(one => one.Body.Text.Length > 0)
            .Select(one => Html.Of($"<h3 class=\"whose\"><span class=\"key r{one.Index}\"></span>{one.Run.Name}</h3>\n{one.Body}\n")));

    private static Html Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return new(reader.ReadToEnd());
    }
}
