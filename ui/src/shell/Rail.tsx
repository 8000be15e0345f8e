import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconBell, IconDeviceDesktop, IconKeyboard, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { http } from '@/api/http';
import { useConnected } from '@/api/live';
import * as q from '@/api/queries';
import { words } from '@/lib/format';
import { tellFailure } from '@/lib/tell';
import { Mark } from './Mark';
import { Presence } from './Presence';
import { screensOf } from './screens';
import css from './shell.module.css';

interface Props {
  onHelp: () => void;
  onNotify: () => void;
}
export function Rail({ onHelp, onNotify }: Props) {
  const { data: session } = useQuery(q.session);
  return (
    <div className={css.rail}>
      <Link to="/desk" search={{}} className={css.mark} aria-label="Baton, to the desk"><Mark size={34} /></Link>
      <nav className={css.nav} aria-label="Screens">
        <ul>
          {screensOf(session).map(({ to, label, icon: Icon }) => (
            <li key={to}>
              <Link to={to} search={{}} className={css.link} activeOptions={{ includeSearch: false }}>
                <Icon size={20} stroke={1.7} aria-hidden />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <button type="button" className={`${css.tool} ${css.wide}`} aria-label="Search and commands" title="Search and commands (Ctrl K)" onClick={spotlight.open}>
        <IconSearch size={19} stroke={1.7} aria-hidden />
      </button>
      <Presence />
      <Me onHelp={onHelp} onNotify={onNotify} />
    </div>
  );
}

const initials = (name: string) => name.split(/\s+/).map((part) => part[0] ?? '').slice(0, 2).join('').toUpperCase();

function Me({ onHelp, onNotify }: Props) {
  const { data } = useQuery(q.session);
  const live = useConnected();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  if (!data) return null;
  const leave = async () => {
    try {
      await http.delete('/session');
      queries.clear();
      // Edits of a blueprint are their author's: whoever signs in next in this tab does not become it.
      sessionStorage.clear();
      await navigate({ to: '/signin', search: {} });
    } catch (error) {
      tellFailure(error);
    }
  };
  const roles = [...new Set(data.grants.map((grant) => words(grant.role)))].join(', ');
  const next = colorScheme === 'auto' ? 'light' : colorScheme === 'light' ? 'dark' : 'auto';
  const Scheme = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon }[colorScheme];
  return (
    <Menu position="right-end" width={230} withArrow>
      <Menu.Target>
        <ActionIcon component="button" className={css.tool} variant="transparent" >
          <span className="vh">{data.member.name}: account and appearance</span>
          <span className={css.me} data-initials={initials(data.member.name)} aria-hidden />
          <span className={css.dot} data-off={live ? undefined : ''} title={live ? 'Live' : 'Not live'} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <strong style={{ color: 'var(--bt-ink)' }}>{data.member.name}</strong>
          <br />
          {roles}
        </Menu.Label>
        <Menu.Item leftSection={<Scheme size={16} />} closeMenuOnClick={false} onClick={() => setColorScheme(next)}>
          Appearance: {colorScheme === 'auto' ? 'as the system' : colorScheme}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={onHelp}>Keyboard</Menu.Item>
        <Menu.Item leftSection={<IconBell size={16} />} onClick={onNotify}>Notifications</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
