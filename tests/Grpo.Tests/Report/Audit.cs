namespace Vlm.Grpo.Tests.Report;

/// <summary>What a page must have for those who see little, use no mouse, or hold a phone, found out by a script in the page.</summary>
/// <remarks>
/// Contrast is WCAG 2.1's, AA: 4.5 to 1, or 3 to 1 for text of 24 pixels, or 18.66 in bold (https://www.w3.org/TR/WCAG21/#contrast-minimum).
/// </remarks>
internal static class Audit
{
    /// <summary>Sends <c>{ texts, stops, width, moving, faults }</c> to the page around it.</summary>
    public const string Script = """
        const colour = text => { const c = (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number); return [c[0], c[1], c[2], c[3] ?? 1]; };
        const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
        const luminance = c => {
          const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const upwards = one => one ? [one, ...upwards(one.parentElement)] : [];
        const behind = one => upwards(one).reverse().reduce((below, at) => over(colour(getComputedStyle(at).backgroundColor), below), [255, 255, 255, 1]);
        const veil = one => upwards(one).reduce((all, at) => all * Number(getComputedStyle(at).opacity), 1);
        const seen = one => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !one.closest(".unseen, .skip, title");
        const named = one => (one.getAttribute("aria-label") ?? one.closest("label")?.textContent ?? one.textContent).trim();
        const faults = [], say = (what, one) => faults.push(`${what}: ${one.outerHTML.slice(0, 90)}`);
        for (const details of document.querySelectorAll("details")) details.open = true;
        for (const card of document.querySelectorAll(".card")) card.hidden = false;

        const texts = [...document.body.querySelectorAll("*")].filter(one => !one.matches("script, style, option")
          && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && seen(one));
        for (const one of texts) {
          const style = getComputedStyle(one), ink = colour(one instanceof SVGElement ? style.fill : style.color), below = behind(one);
          const [high, low] = [over([ink[0], ink[1], ink[2], ink[3] * veil(one)], below), below].map(luminance).sort((a, b) => b - a);
          const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
          const ratio = (high + 0.05) / (low + 0.05);
          if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, one);
        }

        const stops = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")].filter(one => one.tabIndex >= 0);
        for (const one of stops) if (!named(one)) say("no name", one);
        for (const one of stops) if (one.tabIndex > 0) say("out of the page's order", one);
        for (const one of document.querySelectorAll("[role=img], [role=region]")) if (!one.getAttribute("aria-label")) say("no words", one);
        for (const one of document.querySelectorAll("th")) if (!one.scope) say("no scope", one);
        for (const one of document.querySelectorAll("nav a")) if (!document.querySelector(one.getAttribute("href"))) say("leads nowhere", one);
        const width = document.scrollingElement.scrollWidth;
        if (width > innerWidth) faults.push(`${width} pixels wide, of ${innerWidth}`);
        parent.postMessage(JSON.stringify({ texts: texts.length, stops: stops.length, width: innerWidth, moving: document.getAnimations().length, faults }), "*");
        """;
}
